package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// visitor is one browser on the property's site.
type visitor struct {
	*socket
	*person
	welcome wire.Welcome
	node    int // that it is connected to, where a bench has several
}

// connectVisitor brings another visitor.
func (t *Target) connectVisitor(ctx context.Context, news func(t string, raw []byte)) (*visitor, error) {
	return t.connectAs(ctx, t.someone(), "", news)
}

// connectAs opens a socket for somebody and says hello, with the token of an earlier welcome if there was one.
func (t *Target) connectAs(ctx context.Context, who *person, token string, news func(t string, raw []byte)) (*visitor, error) {
	s, err := dial(ctx, t, t.visitorPath(), who.header(t), news)
	if err != nil {
		return nil, err
	}
	raw, err := s.ask(ctx, "welcome", who.hello(t, token))
	if err != nil {
		s.close()
		return nil, err
	}
	v := &visitor{socket: s, person: who}
	if err := json.Unmarshal(raw, &v.welcome); err != nil {
		return nil, err
	}
	if v.welcome.Token == "" {
		v.welcome.Token = token
	}
	return v, nil
}

// say sends one message and waits for its acknowledgement.
func (v *visitor) say(ctx context.Context, text string) (wire.Ack, error) {
	key := id.New[string]()
	raw, err := v.ask(ctx, key, wire.VisitorSend{T: "send", ID: key, Text: text})
	if err != nil {
		return wire.Ack{}, err
	}
	var ack wire.Ack
	return ack, json.Unmarshal(raw, &ack)
}

// end ends the session, so that a bench leaves no open chats behind.
func (v *visitor) end(ctx context.Context, session id.Session) {
	key := id.New[string]()
	_, _ = v.ask(ctx, key, wire.VisitorEnd{T: "end", ID: key, Session: session})
}

// api is one agent's browser: a cookie jar and the HTTP API.
type api struct {
	base   string
	client *http.Client
}

func newAPI(base string) *api {
	jar, _ := cookiejar.New(nil) // nil options cannot fail
	return &api{base: base, client: &http.Client{Jar: jar, Timeout: answerWait}}
}

// call sends JSON and decodes the answer into out (nil: whatever).
func (a *api) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader = http.NoBody
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.base+"/api/v1"+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", a.base)
	res, err := a.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 8<<20))
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, bytes.TrimSpace(raw))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}

func (a *api) login(ctx context.Context, email, password string) error {
	return a.call(ctx, http.MethodPost, "/login", map[string]string{"email": email, "password": password}, nil)
}

// agent is one signed-in agent with a socket.
type agent struct {
	*socket
	api     *api
	welcome wire.AgentWelcome
	chats   *chats
}

// chats are the chats that announced themselves to an agent, by session: a visitor is not told the agents' chat id.
type chats struct {
	mu    sync.Mutex
	known map[id.Session]id.Chat
	more  chan struct{} // closed and replaced when there is a new one
}

func (c *chats) add(raw []byte) {
	var f wire.ChatFrame
	if json.Unmarshal(raw, &f) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.known[f.Chat.Session]; !ok {
		c.known[f.Chat.Session] = f.Chat.ID
		close(c.more)
		c.more = make(chan struct{})
	}
}

func (c *chats) find(ctx context.Context, s id.Session) (id.Chat, error) {
	timer := time.NewTimer(answerWait)
	defer timer.Stop()
	for {
		c.mu.Lock()
		chat, ok := c.known[s]
		more := c.more
		c.mu.Unlock()
		if ok {
			return chat, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return "", ctx.Err()
		case <-timer.C:
			return "", fmt.Errorf("the chat of session %s was not announced within %s", s, answerWait)
		}
	}
}

// connectAgent opens the dashboard's socket for a signed-in agent.
func (t *Target) connectAgent(ctx context.Context, a *api, news func(t string, raw []byte)) (*agent, error) {
	u, err := url.Parse(t.URL)
	if err != nil {
		return nil, err
	}
	var cookies []string
	for _, c := range a.client.Jar.Cookies(u) {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	ag := &agent{api: a, chats: &chats{known: map[id.Session]id.Chat{}, more: make(chan struct{})}}
	listen := func(kind string, raw []byte) {
		if kind == "chat" {
			ag.chats.add(raw)
		}
		news(kind, raw)
	}
	s, err := dial(ctx, t, "/api/v1/agent/socket", http.Header{"Origin": {t.URL}, "Cookie": {strings.Join(cookies, "; ")}}, listen)
	if err != nil {
		return nil, err
	}
	raw, err := s.ask(ctx, "welcome", wire.AgentHello{T: "hello", V: wire.Version, Property: t.Property})
	if err != nil {
		s.close()
		return nil, err
	}
	ag.socket = s
	return ag, json.Unmarshal(raw, &ag.welcome)
}

// join takes the chat of a session, so that its messages come to this agent.
func (a *agent) join(ctx context.Context, session id.Session) (id.Chat, error) {
	chat, err := a.chats.find(ctx, session)
	if err != nil {
		return "", err
	}
	key := id.New[string]()
	_, err = a.ask(ctx, key, wire.AgentChatCommand{T: "join", ID: key, Chat: chat})
	return chat, err
}

// team is the agents of a bench: the first is the account given, the others are invited for the time of the bench.
type team struct {
	owner  *api
	agents []*agent
	extra  []id.Agent
	target *Target
}

// assemble logs in and brings n agents; news(i) makes the news handler of the i-th.
func (t *Target) assemble(ctx context.Context, n int, news func(i int) func(string, []byte)) (*team, error) {
	tm := &team{owner: newAPI(t.URL), target: t}
	if err := tm.owner.login(ctx, t.Email, t.Password); err != nil {
		return nil, fmt.Errorf("log in: %w", err)
	}
	for i := range max(n, 1) {
		a := tm.owner
		if i > 0 {
			var err error
			if a, err = tm.hire(ctx, i); err != nil {
				tm.dismiss(ctx)
				return nil, fmt.Errorf("bring agent %d: %w", i+1, err)
			}
		}
		ag, err := t.connectAgent(ctx, a, news(i))
		if err != nil {
			tm.dismiss(ctx)
			return nil, err
		}
		tm.agents = append(tm.agents, ag)
		if i > 0 {
			tm.extra = append(tm.extra, ag.welcome.Me)
		}
	}
	return tm, nil
}

// hire invites an agent and accepts in their place.
func (tm *team) hire(ctx context.Context, i int) (*api, error) {
	email := fmt.Sprintf("bench-%d-%d@bench.example", time.Now().UnixMilli(), i)
	var invite struct {
		Link string `json:"link"`
	}
	if err := tm.owner.call(ctx, http.MethodPost, "/properties/"+string(tm.target.Property)+"/invites", map[string]string{"email": email, "role": "agent"}, &invite); err != nil {
		return nil, err
	}
	token := invite.Link[strings.LastIndexByte(invite.Link, '/')+1:]
	a := newAPI(tm.target.URL)
	err := a.call(ctx, http.MethodPost, "/invites/"+token+"/accept", map[string]string{"name": fmt.Sprintf("Bench %d", i), "password": id.New[string]()}, nil)
	return a, err
}

// dismiss closes the sockets and removes the invited agents again.
func (tm *team) dismiss(ctx context.Context) {
	for _, a := range tm.agents {
		a.close()
	}
	for _, who := range tm.extra {
		_ = tm.owner.call(ctx, http.MethodDelete, "/properties/"+string(tm.target.Property)+"/members/"+string(who), nil, nil)
	}
}
