package chat

import (
	"context"
	"errors"
	"slices"
	"testing"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/testkit"
)

// help is a help centre of two articles: one that everybody may read, and one for agents.
type help struct {
	gone    bool
	down    error
	asked   []string // the languages
	started []id.Chat
}

const secret id.Article = "0190a5a0-0000-7000-8000-000000000002"

var errNoArticle = errs.New(errs.NotFound, "article.not_found", "There is no such article.")

func (h *help) Card(_ context.Context, _ id.Property, a id.Article, language string, agents bool) (wire.Card, error) {
	h.asked = append(h.asked, language)
	switch {
	case h.down != nil:
		return wire.Card{}, h.down
	case h.gone:
	case a == oven.Article:
		return oven, nil
	case a == secret && agents:
		return wire.Card{Article: secret, Language: "en", Title: "How we refund"}, nil
	}
	return wire.Card{}, errNoArticle
}

func (h *help) ChatStarted(_ context.Context, _ *db.Tx, _ id.Property, c id.Chat, a id.Article) error {
	if a == oven.Article {
		h.started = append(h.started, c)
	}
	return nil
}

// kinds is the session as the agents have it, each message in a few words.
func (w *world) kinds(t testing.TB) (kinds []string) {
	t.Helper()
	th, err := w.Newest(t.Context(), w.ann, w.chat(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range th.Messages {
		k := string(m.Kind)
		if m.Text != "" {
			k += " " + m.Text
		}
		if m.Card != nil {
			k += " [" + m.Card.Title + "]"
		}
		kinds = append(kinds, k)
	}
	return kinds
}

func TestAChatNamesTheArticleThatItCameFrom(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in := VisitorSay{ClientID: "first", Text: "Still cracks", Article: oven.Article, Language: "ar"}
		ack := must(t)(w.Say(t.Context(), w.vera, in))
		if again := must(t)(w.Say(t.Context(), w.vera, in)); again != ack || ack.Seq != 1 {
			t.Errorf("said again: %+v, want %+v", again, ack)
		}
		must(t)(w.Say(t.Context(), w.vera, VisitorSay{ClientID: "second", Text: "Twice", Article: oven.Article}))
		same(t, "agents", w.kinds(t), []string{"article [" + oven.Title + "]", "text Still cracks", "text Twice"})
		same(t, "visitor", w.sees(t), []string{"text Still cracks", "text Twice"})
		if chat := w.chat(t); !slices.Equal(w.help.started, []id.Chat{chat}) {
			t.Errorf("the help centre was told of %v, want %s", w.help.started, chat)
		}
		if w.help.asked[0] != "ar" {
			t.Errorf("asked for it in %q", w.help.asked)
		}

		// A later chat of the same session names its own.
		w.send(t, w.ann, w.chat(t), "Here you are")
		must(t)(w.Close(t.Context(), w.ann, w.chat(t), "close"))
		must(t)(w.Say(t.Context(), w.vera, VisitorSay{ClientID: "third", Text: "Once more", Article: oven.Article}))
		same(t, "agents", w.kinds(t)[6:], []string{"article [" + oven.Title + "]", "text Once more"})
		if len(w.help.started) != 2 || w.help.started[1] != w.chat(t) {
			t.Errorf("the help centre was told of %v", w.help.started)
		}
	})
}

func TestAnArticleThatIsGoneTakesNothingFromTheWords(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, article := range map[string]id.Article{"for agents only": secret, "unknown": id.New[id.Article](), "no id": "<script>"} {
			w.vera.ID = id.New[id.Visitor]()
			must(t)(w.Say(t.Context(), w.vera, VisitorSay{ClientID: "x", Text: "Hello", Article: article}))
			same(t, name, w.kinds(t), []string{"text Hello"})
		}
		if len(w.help.started) > 0 {
			t.Errorf("the help centre was told of %v", w.help.started)
		}
		w.vera.ID = id.New[id.Visitor]()
		w.help.down = errs.New(errs.Unavailable, "db.away", "Not now.")
		in := VisitorSay{ClientID: "later", Text: "Hello", Article: oven.Article}
		if _, err := w.Say(t.Context(), w.vera, in); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("while nobody can say: %v; want to be asked again later", err)
		}
		w.help.down = nil
		must(t)(w.Say(t.Context(), w.vera, in))
		same(t, "later", w.kinds(t), []string{"article [" + oven.Title + "]", "text Hello"})
	})
}

func TestACardIsASnapshotThatBothSidesSee(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.say(t, "Is it safe?")
		chat := w.chat(t)
		w.Forget()
		in := AgentSay{ClientID: "card", Article: oven.Article, Language: "en"}
		ack := must(t)(w.Send(t.Context(), w.ann, chat, in))
		said := testkit.Published(t, w.Env, SaidTopic)
		if last := said[len(said)-1].Update.Last; last.Text != oven.Title || last.Kind != wire.Text {
			t.Errorf("the lists say %+v", last)
		}
		if row := w.row(t, w.ann, chat); row.Last.Text != oven.Title {
			t.Errorf("the row says %q", row.Last.Text)
		}
		w.help.gone = true // a retry is answered all the same
		if again := must(t)(w.Send(t.Context(), w.ann, chat, in)); again != ack {
			t.Errorf("sent again: %+v, want %+v", again, ack)
		}
		w.help.gone = false
		must(t)(w.Send(t.Context(), w.ann, chat, AgentSay{ClientID: "both", Text: "And this:", Article: oven.Article}))
		same(t, "agents", w.kinds(t), []string{"text Is it safe?", "joined", "text [" + oven.Title + "]", "text And this: [" + oven.Title + "]"})

		r, err := w.Resume(t.Context(), w.vera, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		if m := r.Messages[2]; m.Card == nil || *m.Card != oven || m.Text != "" {
			t.Errorf("the visitor sees %+v", m)
		}
		list, _, err := w.VisitorSessions(t.Context(), w.vera, "")
		if err != nil || list[0].LastText != "And this:" {
			t.Errorf("the visitor's list says %+v, %v", list, err)
		}

		// A whisper about it does not take the place of the words.
		must(t)(w.Send(t.Context(), w.ann, chat, AgentSay{ClientID: "w", Whisper: true, Article: secret}))
		if row := w.row(t, w.ann, chat); row.Last.Text != "And this:" {
			t.Errorf("the row says %q", row.Last.Text)
		}
		if r, _ := w.Resume(t.Context(), w.vera, "", 0); len(r.Messages) != 4 {
			t.Errorf("the visitor sees %d messages", len(r.Messages))
		}
		// What is shown in one line when everything was said without words.
		must(t)(w.Send(t.Context(), w.ann, chat, AgentSay{ClientID: "last", Article: oven.Article}))
		if list, _, _ = w.VisitorSessions(t.Context(), w.vera, ""); list[0].LastText != oven.Title {
			t.Errorf("the visitor's list says %q", list[0].LastText)
		}
		must(t)(w.Send(t.Context(), w.ann, chat, AgentSay{ClientID: "w2", Text: "x", Whisper: true})) // makes the server read what was said last
		if got := testkit.Published(t, w.Env, SaidTopic); got[len(got)-1].Update.Last.Text != oven.Title {
			t.Errorf("the lists say %+v", got[len(got)-1].Update.Last)
		}
	})
}

func TestACardThatCannotBeSentNamesItsField(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.say(t, "Hello")
		chat := w.chat(t)
		for name, in := range map[string]AgentSay{
			"for agents only": {Article: secret}, "unknown": {Article: id.New[id.Article]()}, "no id": {Article: "x", Whisper: true},
		} {
			in.ClientID = id.New[string]()
			_, err := w.Send(t.Context(), w.ann, chat, in)
			if e := errs.Find(err); !errors.Is(err, ErrArticle) || e.Field != "article" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.Send(t.Context(), w.ann, chat, AgentSay{ClientID: "empty", Text: " "}); !errors.Is(err, ErrEmpty) {
			t.Errorf("neither words nor an article: %v", err)
		}
		if _, err := w.Send(t.Context(), w.ann, id.New[id.Chat](), AgentSay{ClientID: "gone", Article: oven.Article}); !errors.Is(err, ErrNotFound) {
			t.Errorf("to a chat that is not there: %v", err)
		}
		same(t, "agents", w.kinds(t), []string{"text Hello"})
	})
}

func TestCardsAreExportedAndErased(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		must(t)(w.Say(t.Context(), w.vera, VisitorSay{ClientID: "x", Text: "Hello", Article: oven.Article}))
		must(t)(w.Send(t.Context(), w.ann, w.chat(t), AgentSay{ClientID: "y", Article: oven.Article}))
		err := w.Env.DB.Write(t.Context(), func(tx *db.Tx) error {
			e, err := w.Export(t.Context(), tx, w.p, w.vera.ID)
			if err != nil {
				return err
			}
			var with []wire.Kind
			for _, m := range e.Sessions[0].Messages {
				if m.Card != nil && *m.Card == oven {
					with = append(with, m.Kind)
				}
			}
			if !slices.Equal(with, []wire.Kind{wire.Article, wire.Text}) {
				t.Errorf("exported with cards: %v", with)
			}
			_, err = w.Erase(t.Context(), tx, w.p, w.vera.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := testkit.Get[int](t, w.Env, `SELECT count(*) FROM messages`); n != 0 {
			t.Errorf("%d messages are left", n)
		}
	})
}

func TestHistoryFindsChatsByTheWordsBesideCards(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.say(t, "Hello")
		must(t)(w.Send(t.Context(), w.ann, w.chat(t), AgentSay{ClientID: "y", Text: "Please read this", Article: oven.Article}))
		if err := w.Index(t.Context()); err != nil {
			t.Fatal(err)
		}
		found, err := w.History(t.Context(), actor.Agent{ID: w.ann.ID, Property: w.p}, Filter{Q: "read this"})
		if err != nil || len(found.Items) != 1 || found.Items[0].Row.Last.Text != "Please read this" {
			t.Errorf("%+v, %v", found, err)
		}
	})
}
