package chat

import (
	"context"
	"net/http"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/web"
)

const (
	chatsPath = "/api/v1/properties/{property}/chats"
	chatPath  = chatsPath + "/{chat}"
)

// Routes lists every endpoint of the feature and who may call it. Visitors have none: they talk over the socket.
func (s *Service) Routes(a *web.API) {
	op := func(method, path, name, summary string) web.Op {
		return web.Op{Method: method, Path: path, ID: name, Summary: summary, Tag: "Chats"}
	}
	web.Agent(a, op(http.MethodGet, chatsPath, "list-chats", "The chats in my list"), s.httpList)
	web.Agent(a, op(http.MethodGet, chatPath, "get-chat", "One chat"), s.httpGet)
	web.Agent(a, op(http.MethodGet, chatPath+"/messages", "list-messages", "Messages of the chat's whole session"), s.httpMessages)
	web.Agent(a, op(http.MethodPost, chatPath+"/messages", "send-message", "Say something, or whisper to the team"), s.httpSend)
	web.Agent(a, op(http.MethodPost, chatPath+"/join", "join-chat", "Join a chat"), httpAct(s.Join))
	web.Agent(a, op(http.MethodPost, chatPath+"/leave", "leave-chat", "Leave a chat, or decline an invitation"), httpAct(s.Leave))
	web.Agent(a, op(http.MethodPost, chatPath+"/close", "close-chat", "Close a chat: it leaves my list, the visitor notices nothing"), httpAct(s.Close))
	web.Agent(a, op(http.MethodPost, chatPath+"/end", "end-chat", "Always refused: only a visitor can end a chat session"), httpAct(s.End))
	web.Agent(a, op(http.MethodPost, chatPath+"/invite", "invite-to-chat", "Ask a colleague into a chat"), s.httpInvite)
	web.Agent(a, op(http.MethodGet, "/api/v1/properties/{property}/history", "list-history", "All chats, newest first, and search"), s.httpHistory)
}

// InProperty is exported, as huma reads no parameters out of an unexported embedded struct.
type InProperty struct {
	Property id.Property `path:"property"`
}

// InChat names a chat in the path.
type InChat struct {
	InProperty
	Chat id.Chat `path:"chat"`
}

type rowsOutput struct {
	Body struct {
		Items []wire.Row `json:"items"`
	}
}

type rowOutput struct{ Body wire.Row }

type ackOutput struct{ Body wire.Ack }

func (s *Service) httpList(ctx context.Context, who actor.Agent, _ *InProperty) (*rowsOutput, error) {
	listed, err := s.List(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &rowsOutput{}
	out.Body.Items = listed.Rows
	return out, nil
}

func (s *Service) httpGet(ctx context.Context, who actor.Agent, in *InChat) (*rowOutput, error) {
	row, err := s.Get(ctx, who, in.Chat)
	if err != nil {
		return nil, err
	}
	return &rowOutput{Body: row}, nil
}

type messagesInput struct {
	InChat
	Before int64 `query:"before" minimum:"0" doc:"Only messages below this seq, the last ones of them."`
	After  int64 `query:"after" minimum:"0" doc:"Only messages above this seq; without before the first ones of them."`
	Limit  int   `query:"limit" minimum:"0" maximum:"100" doc:"At most so many; 50 by default."`
}

type messagesOutput struct {
	Body struct {
		Items []wire.AgentMessage `json:"items"`
		More  bool                `json:"more" doc:"There are more in the direction asked for."`
	}
}

func (s *Service) httpMessages(ctx context.Context, who actor.Agent, in *messagesInput) (*messagesOutput, error) {
	t, err := s.Messages(ctx, who, in.Chat, in.Before, in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &messagesOutput{}
	out.Body.Items, out.Body.More = t.Messages, t.More
	return out, nil
}

type sendInput struct {
	InChat
	Body struct {
		ID      string `json:"id" doc:"Made by the client, unique for this agent for ever: the same id again is stored once."`
		Text    string `json:"text" doc:"1 to 5000 characters; may be empty with an article."`
		Whisper bool   `json:"whisper,omitempty" required:"false" doc:"Only the team sees it."`

		Article  id.Article `json:"article,omitempty" required:"false" doc:"An article of the help centre, sent along as a card; one for agents only needs whisper."`
		Language string     `json:"language,omitempty" required:"false" doc:"Of the card; absent: the help centre's own."`
	}
}

func (s *Service) httpSend(ctx context.Context, who actor.Agent, in *sendInput) (*ackOutput, error) {
	ack, err := s.Send(ctx, who, in.Chat, AgentSay{
		ClientID: in.Body.ID, Text: in.Body.Text, Whisper: in.Body.Whisper, Article: in.Body.Article, Language: in.Body.Language,
	})
	if err != nil {
		return nil, err
	}
	return &ackOutput{Body: ack}, nil
}

type actInput struct {
	InChat
	Body struct {
		ID string `json:"id,omitempty" required:"false" doc:"Repeated in the answer."`
	}
}

// httpID stands in for a command's id where nobody waits for an ack with it.
const httpID = "http"

// httpAct is the handler of the commands that need nothing but the chat.
func httpAct(
	act func(context.Context, actor.Agent, id.Chat, string) (wire.Ack, error),
) func(context.Context, actor.Agent, *actInput) (*ackOutput, error) {
	return func(ctx context.Context, who actor.Agent, in *actInput) (*ackOutput, error) {
		ack, err := act(ctx, who, in.Chat, orHTTP(in.Body.ID))
		if err != nil {
			return nil, err
		}
		return &ackOutput{Body: ack}, nil
	}
}

func orHTTP(clientID string) string {
	if clientID == "" {
		return httpID
	}
	return clientID
}

type inviteToChatInput struct {
	InChat
	Body struct {
		ID    string   `json:"id,omitempty" required:"false" doc:"Repeated in the answer."`
		Agent id.Agent `json:"agent" doc:"A colleague of this property."`
	}
}

func (s *Service) httpInvite(ctx context.Context, who actor.Agent, in *inviteToChatInput) (*ackOutput, error) {
	ack, err := s.Invite(ctx, who, in.Chat, orHTTP(in.Body.ID), in.Body.Agent)
	if err != nil {
		return nil, err
	}
	return &ackOutput{Body: ack}, nil
}

type historyInput struct {
	InProperty
	State   wire.ChatState `query:"state" doc:"waiting, served, closed, ended or missed."`
	Agent   id.Agent       `query:"agent" doc:"Was in the chat."`
	Visitor id.Visitor     `query:"visitor" doc:"Of this visitor."`
	From    int64          `query:"from" minimum:"0" doc:"Started then or later, unix milliseconds."`
	To      int64          `query:"to" minimum:"0" doc:"Started before, unix milliseconds."`
	Q       string         `query:"q" maxLength:"500" doc:"Words that stand in one message; the last one may be unfinished."`
	Cursor  string         `query:"cursor" doc:"next of the page before."`
	Limit   int            `query:"limit" minimum:"0" maximum:"100" doc:"At most so many; 50 by default."`
}

type historyOutput struct{ Body FoundPage }

func (s *Service) httpHistory(ctx context.Context, who actor.Agent, in *historyInput) (*historyOutput, error) {
	found, err := s.History(ctx, who, Filter{State: in.State, Agent: in.Agent, Visitor: in.Visitor, From: in.From, To: in.To, Q: in.Q, Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return &historyOutput{Body: found}, nil
}
