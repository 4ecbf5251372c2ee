package chat_test

import (
	"net/http"
	"testing"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/testkit"
	"parley/internal/testkit/livetest"
)

// publish writes an article and publishes it, as Ann.
func publish(t *testing.T, s *livetest.Server, fields map[string]any) id.Article {
	t.Helper()
	var made struct {
		ID    id.Article `json:"id"`
		Texts []struct {
			Revision int64 `json:"revision"`
		} `json:"texts"`
	}
	if status := s.Call(livetest.Ann, http.MethodPost, s.Path("/help/articles"), fields, &made); status != http.StatusCreated {
		t.Fatalf("write an article: %d", status)
	}
	setState(t, s, made.ID, made.Texts[0].Revision, "published")
	return made.ID
}

func setState(t *testing.T, s *livetest.Server, a id.Article, revision int64, state string) {
	t.Helper()
	path := s.Path("/help/articles/" + string(a) + "/texts/en/state")
	if status := s.Call(livetest.Ann, http.MethodPost, path, map[string]any{"state": state, "revision": revision}, nil); status != http.StatusOK {
		t.Fatalf("make the article %s: %d", state, status)
	}
}

func TestWidgetsKnowWhetherThereIsSomethingToRead(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		ann := s.Agent(livetest.Ann)
		v := livetest.NewVisitor(t, s.URL(), s.Property)
		first := v.Connect()
		if first.Settings.Help {
			t.Fatal("there is nothing to read yet")
		}
		publish(t, s, map[string]any{"title": "How we refund", "markdown": "Within two years.", "audience": "agents"})
		article := publish(t, s, map[string]any{"title": "Stoneware in the oven", "markdown": "Up to 220 degrees."})
		told := livetest.As[wire.SettingsFrame](t, v.Await("settings", nil)).Settings
		if !told.Help || told.Version == first.Settings.Version || told.Name != first.Settings.Name {
			t.Errorf("told %+v", told)
		}
		news := livetest.As[wire.ArticleFrame](t, ann.Await("article", func(f livetest.Frame) bool {
			a := livetest.As[wire.ArticleFrame](t, f)
			return a.Article == article && a.State == wire.ArticlePublished
		}))
		if news.Language != "en" || news.By != ann.Who() || news.Revision == 0 {
			t.Errorf("the team is told %+v", news)
		}
		other := livetest.NewVisitor(t, s.URL(), s.Property)
		if welcome := other.Connect(); !welcome.Settings.Help || welcome.Settings.Version != told.Version {
			t.Errorf("a new page is told %+v", welcome.Settings)
		}
		other.Cut()
		if again := other.Connect(); again.Settings != nil {
			t.Errorf("a page that knows them is told %+v", again.Settings)
		}
		publish(t, s, map[string]any{"title": "Dishwasher", "markdown": "By hand."}) // the second one is no news
		setState(t, s, article, news.Revision, "archived")
		v.Send("Hello")
		if n := v.Saw("settings"); n != 1 {
			t.Errorf("told %d times", n)
		}
		stranger := livetest.NewVisitor(t, s.URL(), s.Other)
		if stranger.Connect().Settings.Help {
			t.Error("another property has nothing to read")
		}
	})
}

func TestWidgetsAreToldWhenTheLastArticleIsGone(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		article := publish(t, s, map[string]any{"title": "Stoneware in the oven", "markdown": "Up to 220 degrees."})
		v := livetest.NewVisitor(t, s.URL(), s.Property)
		if !v.Connect().Settings.Help {
			t.Fatal("there is something to read")
		}
		if status := s.Call(livetest.Ann, http.MethodDelete, s.Path("/help/articles/"+string(article)), nil, nil); status != http.StatusNoContent {
			t.Fatalf("delete the article: %d", status)
		}
		if livetest.As[wire.SettingsFrame](t, v.Await("settings", nil)).Settings.Help {
			t.Error("there is nothing to read any more")
		}
	})
}

func TestAChatThatComesFromAnArticleSaysSo(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		article := publish(t, s, map[string]any{"title": "Stoneware in the oven", "description": "How hot", "markdown": "Up to 220 degrees."})
		secret := publish(t, s, map[string]any{"title": "How we refund", "markdown": "Within two years.", "audience": "agents"})
		ann, v := s.Agent(livetest.Ann), s.Visitor()
		ack := v.SayAs(wire.VisitorSend{ID: livetest.NewID(), Text: "It cracked", Article: article, Language: "en"})
		if ack.Seq != 1 {
			t.Errorf("the visitor counts %d", ack.Seq)
		}
		row := waiting(ann, v)
		if row.Last.Text != "It cracked" || row.Last.Seq != 2 {
			t.Errorf("the row says %+v", row.Last)
		}
		ms := ann.Watch(row.ID, 0).Messages
		if len(ms) != 2 || ms[0].Kind != wire.Article || ms[0].VSeq != 0 || ms[0].Card == nil || ms[0].Card.Title != "Stoneware in the oven" || ms[0].Card.URL == "" {
			t.Fatalf("the agents see %+v", ms)
		}
		ann.SayAs(wire.AgentSend{ID: livetest.NewID(), Chat: row.ID, Article: article})
		m := livetest.As[wire.VisitorMessageFrame](t, v.Await("message", func(f livetest.Frame) bool {
			return livetest.As[wire.VisitorMessageFrame](t, f).M.Kind == wire.Text
		})).M
		if m.Card == nil || *m.Card != *ms[0].Card || m.Text != "" || m.Card.Description != "How hot" {
			t.Errorf("the visitor sees %+v", m)
		}
		refused := livetest.NewID()
		if e := ann.Refused(refused, wire.AgentSend{T: "send", ID: refused, Chat: row.ID, Article: secret}); e.Code != "message.article" || e.Field != "article" {
			t.Errorf("what is for agents only, to the visitor: %+v", e)
		}
		ann.SayAs(wire.AgentSend{ID: livetest.NewID(), Chat: row.ID, Article: secret, Whisper: true})
		v.Send("Thank you")
		v.Sees("It cracked", "", "Thank you")
		if ms = ann.Watch(row.ID, 0).Messages; ms[len(ms)-2].Card == nil || ms[len(ms)-2].Card.URL != "" {
			t.Errorf("the team sees %+v", ms)
		}
	})
}

func TestAnArticleOfAnotherPropertyIsNone(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		article := publish(t, s, map[string]any{"title": "Stoneware in the oven", "markdown": "Up to 220 degrees."})
		eve, v := s.Agent(livetest.Eve), livetest.NewVisitor(t, s.URL(), s.Other)
		v.Connect()
		v.SayAs(wire.VisitorSend{ID: livetest.NewID(), Text: "Hello", Article: article})
		row := waiting(eve, v)
		if ms := eve.Watch(row.ID, 0).Messages; len(ms) != 1 {
			t.Errorf("its agents see %+v", ms)
		}
		key := livetest.NewID()
		if e := eve.Refused(key, wire.AgentSend{T: "send", ID: key, Chat: row.ID, Article: article, Whisper: true}); e.Code != "message.article" {
			t.Errorf("sent: %+v", e)
		}
	})
}

const someArticle id.Article = "0190a5a0-0000-7000-8000-000000000001"

func editing(on bool) wire.AgentEditing {
	return wire.AgentEditing{T: "editing", Article: someArticle, Language: "en", On: on}
}

func TestTheTeamIsToldWhoEditsWhatOnEveryNode(t *testing.T) {
	livetest.Cluster(t, func(t *testing.T, s *livetest.Server) {
		ann, eve := s.Agent(livetest.Ann), s.Agent(livetest.Eve)
		window := ann.Window()
		window.Connect()
		ben := s.Dashboard(livetest.Ben)
		ben.Base = s.Nodes[2].URL
		ben.Connect()
		ann.Tell(editing(true))
		for _, a := range []*livetest.Agent{window, ben} {
			got := livetest.As[wire.AgentEditingFrame](t, a.Await("editing", nil))
			if got.Article != someArticle || got.Language != "en" || got.Agent.ID != ann.Who() || got.Agent.Name != livetest.Ann || !got.On {
				t.Errorf("told %+v", got)
			}
		}
		ann.Tell(editing(false))
		if livetest.As[wire.AgentEditingFrame](t, ben.Await("editing", nil)).On {
			t.Error("the editor is closed")
		}
		for name, wrong := range map[string]wire.AgentEditing{
			"no article":  {T: "editing", Article: "x", Language: "en", On: true},
			"no language": {T: "editing", Article: someArticle, On: true},
			"markup":      {T: "editing", Article: someArticle, Language: "<b>", On: true},
			"too long":    {T: "editing", Article: someArticle, Language: "en-000000000000000000000000000000000000", On: true},
		} {
			ann.Tell(wrong)
			ann.Tell(editing(true))
			if got := livetest.As[wire.AgentEditingFrame](t, ben.Await("editing", nil)); got.Article != someArticle || got.Language != "en" {
				t.Errorf("%s: told %+v", name, got)
			}
		}
		if n := ann.Saw("editing") + eve.Saw("editing"); n != 0 {
			t.Errorf("who said it, and another property, were told %d times", n)
		}
	})
}

func TestTheTeamIsNotFloodedByAnEditor(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s := livetest.Serve(t, e, livetest.Options{Limits: true})
		ann, ben := s.Agent(livetest.Ann), s.Agent(livetest.Ben)
		for range 40 {
			ann.Tell(editing(true))
		}
		v := s.Visitor()
		v.Send("Hello")
		row := waiting(ann, v)
		ann.Say(row.ID, "Hello!") // what came before it has been taken
		ben.AwaitState(row.ID, wire.Served)
		if n := ben.Saw("editing"); n == 0 || n > 10 {
			t.Errorf("told %d times", n)
		}
	})
}
