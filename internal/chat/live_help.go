package chat

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"parley/internal/article"
	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
	"parley/internal/kernel/memo"
	"parley/internal/kernel/wire"
	"parley/internal/platform/bus"
	"parley/internal/platform/hub"
)

const (
	helpEvery = 500 * time.Millisecond // an import publishes many articles at once
	// helpFor bounds how long a node believes that there is, or is not, something to read when the news of a change was lost.
	helpFor  = time.Minute
	helpMany = 10_000 // properties in memory: a bit each

	// An editor says that it is open every 20 s, and once more when one turns to another article or language.
	editingRate  = 1.0 // a second, of one agent
	editingBurst = 10
)

// shelf answers whether there is a public article in the property's help centre.
type shelf interface {
	Readable(ctx context.Context, p id.Property) (bool, error)
}

// editingTopic is not stored anywhere: an editor that is open says so again.
var editingTopic = event.New[edited]("chat.editing")

// edited carries the frame that tells who has an article open.
type edited struct {
	Origin string          `json:"origin,omitempty"` // the hub connection that said so
	Frame  json.RawMessage `json:"frame"`            // wire.AgentEditingFrame for p:PROPERTY
}

// reading is what this node knows of help centres.
type reading struct {
	open *memo.Cache[id.Property, bool] // there is something to read
	news *pace[id.Property]

	mu   sync.Mutex
	told map[id.Property]bool // what widgets that are open were told last
}

// listenArticles brings what happens in the help centre to the dashboards, and to widgets when the first article is published or
// the last one is gone.
func (l *Live) listenArticles() {
	l.reading.open = memo.New(l.Now, helpFor, helpMany, l.readable)
	l.reading.news = newPace[id.Property](helpEvery)
	l.reading.told = map[id.Property]bool{}
	bus.On(l.Bus, article.Changed, func(p id.Property, c article.Change) {
		if c.Pages {
			l.reading.open.Forget(p)
			l.reading.news.mark(p)
		}
		l.publish(agentsTopic(p), encode(wire.ArticleFrame{
			T: "article", Article: c.Article, Language: c.Language, State: c.State, Revision: c.Revision, By: c.By,
		}), "")
	})
	l.Bus.OnGap(l.reading.open.Clear)
	bus.On(l.Bus, editingTopic, func(p id.Property, e edited) { l.publish(agentsTopic(p), e.Frame, e.Origin) })
}

func (l *Live) readable(ctx context.Context, p id.Property) (bool, error) {
	open, err := l.Shelf.Readable(ctx, p)
	if err != nil {
		return false, err
	}
	l.reading.mu.Lock()
	defer l.reading.mu.Unlock()
	if _, ok := l.reading.told[p]; !ok { // the first welcome tells it
		l.reading.told[p] = open
	}
	return open, nil
}

// widget is what a widget needs of its property, from memory: what the owner has set, and whether there is something to read.
func (l *Live) widget(ctx context.Context, p id.Property) (wire.WidgetSettings, error) {
	set, err := l.Properties.Widget(ctx, p)
	if err != nil {
		return set, err
	}
	set.Help, err = l.reading.open.Get(ctx, p)
	if set.Help {
		set.Version += "h" // other content, so another version
	}
	return set, err
}

// tellHelp tells open widgets when there is something to read now, or nothing any more.
func (l *Live) tellHelp(ctx context.Context, p id.Property) {
	if l.Hub.Count(widgetsTopic(p)) == 0 {
		return
	}
	set, err := l.widget(ctx, p)
	if err != nil {
		l.untold(ctx, "help", p, err)
		return
	}
	l.reading.mu.Lock()
	same := l.reading.told[p] == set.Help
	l.reading.told[p] = set.Help
	l.reading.mu.Unlock()
	if !same {
		l.Hub.Publish(widgetsTopic(p), hub.JSON(wire.SettingsFrame{T: "settings", Settings: set}), "")
	}
}

// editing passes on who has an article open in the editor. The team is told whatever the article is: it is nobody else's.
func (s agentSocket) editing(ctx context.Context, conn *agentConn, origin string, f wire.AgentEditing) error {
	switch {
	case !id.Valid(f.Article):
		return ErrFrameMalformed.At("article")
	case !languageName(f.Language):
		return ErrFrameMalformed.At("language")
	}
	if !conn.exempt {
		if ok, wait := s.limits.editing.Allow(string(conn.agent.ID)); !ok {
			return ErrFrameTooMany.In(wait)
		}
	}
	person, err := s.Chats.People.Person(ctx, conn.agent.ID)
	if err != nil {
		return err
	}
	s.Bus.Publish([]event.Event{editingTopic.Of(conn.agent.Property, edited{
		Origin: origin,
		Frame:  encode(wire.AgentEditingFrame{T: "editing", Article: f.Article, Language: f.Language, Agent: person, On: f.On}),
	})})
	return nil
}

// languageName reports whether something may be the name of a language: letters, digits and hyphens.
func languageName(s string) bool {
	return s != "" && len(s) <= wire.MaxLanguageBytes && strings.IndexFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
	}) < 0
}
