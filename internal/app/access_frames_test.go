package app_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"testing"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/testkit"
	"parley/internal/testkit/livetest"
)

// frame is one that a client may send. Words in braces are replaced by somebody else's things.
type frame struct {
	fields string // JSON without t and id
	answer bool   // a command: it has an id and is answered
	want   string // the code of the error for somebody else's things; empty: there is none, or nothing in it is anybody's
}

// What visitors may send. {session} is another visitor's.
var visitorFrames = map[string]frame{
	"hello":    {`"v":1,"property":"{property}","session":"{session}","last":0,"page":{"url":"https://shop.example/"},"open":true`, false, ""},
	"page":     {`"page":{"url":"https://shop.example/two"}`, false, ""},
	"send":     {`"text":"Hello","article":"0190a5a0-0000-7000-8000-000000000000","language":"en"`, true, ""}, // the words count, not where they come from
	"typing":   {`"text":"Hel","on":true`, false, ""},
	"mark":     {`"session":"{session}","got":1,"read":1`, false, ""},
	"end":      {`"session":"{session}"`, true, "session.not_found"},
	"rate":     {`"session":"{session}","rating":1`, true, "session.not_found"},
	"ticket":   {`"name":"Vi","email":"vi@x.example","text":"Help"`, true, ""},
	"history":  {`"session":"{session}","before":0`, true, "session.not_found"},
	"sessions": {`"cursor":""`, true, ""},
	"life":     {`"idle":true`, false, ""},
	"consent":  {`"on":false`, false, ""},
	"opener":   {`"id":"{opener}","state":"seen"`, false, ""},
}

// What agents may send. {chat}, {colleague} and {visitor} are of another property.
var agentFrames = map[string]frame{
	"hello":   {`"v":1,"property":"{property}"`, false, ""},
	"send":    {`"chat":"{chat}","text":"Hello","article":"","language":""`, true, "chat.not_found"},
	"join":    {`"chat":"{chat}"`, true, "chat.not_found"},
	"leave":   {`"chat":"{chat}"`, true, "chat.not_found"},
	"close":   {`"chat":"{chat}"`, true, "chat.not_found"},
	"end":     {`"chat":"{chat}"`, true, "chat.not_found"},
	"invite":  {`"chat":"{chat}","agent":"{colleague}"`, true, "chat.not_found"},
	"watch":   {`"chat":"{chat}","after":0`, true, "chat.not_found"},
	"unwatch": {`"chat":"{chat}"`, false, ""},
	"history": {`"chat":"{chat}","before":0`, true, "chat.not_found"},
	"typing":  {`"chat":"{chat}","on":true`, false, ""},
	"mark":    {`"chat":"{chat}","got":1,"read":1,"count":1`, false, ""},

	"visitors":      {`"from":0,"size":10,"sort":"name","desc":true,"group":"state","filter":{"text":"a"}`, true, ""},
	"visitors_stop": {``, false, ""},
	"visit":         {`"visitor":"{visitor}"`, true, ""}, // the answer says that there is none
	"visit_stop":    {``, false, ""},
	"start":         {`"visitor":"{visitor}","text":"Hello"`, true, "visitor.gone"},

	"editing": {`"article":"0190a5a0-0000-7000-8000-000000000000","language":"en","on":true`, false, ""}, // told to the own team alone, whoever's it is
}

// line is what both kinds of clients can do.
type line interface {
	TellRaw(raw []byte)
	Answer(command string) livetest.Frame
	Await(t string, match func(livetest.Frame) bool) livetest.Frame
	AwaitClose() int
	Saw(t string) int
	Open() bool
}

// side is one of the two sockets.
type side struct {
	name   string
	frames map[string]frame
	foes   []string // types of the other side, and of the server
	mute   func(t *testing.T, w *world) line
	open   func(t *testing.T, w *world) line
	alive  string // a command that is answered, with its id
}

func sides(t *testing.T) []side {
	t.Helper()
	types := frameTypes(t)
	visitors := side{name: "visitor", frames: visitorFrames, foes: slices.Concat(types["agent → server"], types["server → visitor"], types["server → agent"]), alive: `{"t":"sessions","id":"alive"}`}
	visitors.mute = func(t *testing.T, w *world) line {
		v := livetest.NewVisitor(t, w.URL(), w.Property)
		if err := v.DialMute(); err != nil {
			t.Fatal(err)
		}
		return v
	}
	visitors.open = func(_ *testing.T, w *world) line { return w.Visitor() }
	agents := side{name: "agent", frames: agentFrames, foes: slices.Concat(types["visitor → server"], types["server → visitor"], types["server → agent"]), alive: `{"t":"join","id":"alive","chat":"gone"}`}
	agents.mute = func(t *testing.T, w *world) line {
		a := w.Dashboard(livetest.Ben)
		if err := a.DialMute(); err != nil {
			t.Fatal(err)
		}
		return a
	}
	agents.open = func(_ *testing.T, w *world) line { return w.Agent(livetest.Ben) }
	for _, s := range []side{visitors, agents} {
		named := types[s.name+" → server"]
		for _, name := range named {
			if _, ok := s.frames[name]; !ok {
				t.Errorf("%s frame %s has no row", s.name, name)
			}
		}
		if len(named) != len(s.frames) {
			t.Errorf("%s: the table has %d frames, kernel/wire %d: %v", s.name, len(s.frames), len(named), named)
		}
	}
	return []side{visitors, agents}
}

var quoted = regexp.MustCompile(`"([a-z_]+)"`)

// frameTypes reads from kernel/wire which types go which way.
func frameTypes(t *testing.T) map[string][]string {
	t.Helper()
	types := map[string][]string{}
	for _, name := range []string{"visitor.go", "agent.go", "visits.go", "help.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), "../kernel/wire/"+name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		way := func(at token.Pos) (words string) {
			for _, c := range f.Comments {
				if text := strings.TrimSpace(c.Text()); c.Pos() < at && strings.HasPrefix(text, "──") {
					words = strings.Trim(text, "─ \n")
				}
			}
			return words
		}
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.StructType)
			if !ok {
				return true
			}
			for _, field := range s.Fields.List {
				if len(field.Names) == 1 && field.Names[0].Name == "T" && field.Comment != nil {
					for _, m := range quoted.FindAllStringSubmatch(field.Comment.Text(), -1) {
						types[way(s.Pos())] = append(types[way(s.Pos())], m[1])
					}
				}
			}
			return true
		})
	}
	for _, way := range []string{"visitor → server", "server → visitor", "agent → server", "server → agent"} {
		if len(types[way]) < 8 {
			t.Fatalf("only %v go %s: are kernel/wire's headings others now?", types[way], way)
		}
	}
	return types
}

func write(name string, f frame) []byte {
	key := ""
	if f.answer {
		key = `"id":"` + livetest.NewID() + `",`
	}
	return []byte(strings.Replace(`{"t":"`+name+`",`+key+f.fields+`}`, ",}", "}", 1))
}

func TestNoFrameIsTakenBeforeHello(t *testing.T) {
	w := newWorld(t)
	for _, s := range sides(t) {
		for name, f := range s.frames {
			if name == "hello" {
				continue
			}
			c := s.mute(t, w)
			c.TellRaw(write(name, f))
			if e := livetest.As[wire.Error](t, c.Await("error", nil)); e.Code != "frame.hello" {
				t.Errorf("%s %s: %+v", s.name, name, e)
			}
			if code := c.AwaitClose(); code != wire.CloseBadFrame {
				t.Errorf("%s %s before hello: closed with %d", s.name, name, code)
			}
		}
	}
}

func TestNoFrameOfTheOtherSideIsTaken(t *testing.T) {
	w := newWorld(t)
	for _, s := range sides(t) {
		c := s.open(t, w)
		for _, name := range s.foes {
			if _, own := s.frames[name]; own {
				continue
			}
			key := livetest.NewID()
			c.TellRaw([]byte(`{"t":"` + name + `","id":"` + key + `","chat":"x","session":"x"}`))
			if e := livetest.As[wire.Error](t, c.Answer(key)); e.Code != "frame.unknown" {
				t.Errorf("%s sent %s: %+v", s.name, name, e)
			}
		}
	}
}

func TestMalformedFramesAreRefusedAndHurtNothing(t *testing.T) {
	w := newWorld(t)
	for _, s := range sides(t) {
		for name, f := range s.frames {
			var fields map[string]any
			if err := json.Unmarshal([]byte("{"+f.fields+"}"), &fields); err != nil {
				t.Fatal(err)
			}
			for field := range fields { // one at a time has the wrong type
				if field == "id" {
					continue // of every frame: below
				}
				wrong := map[string]any{"t": name, field: []int{1}}
				if f.answer {
					wrong["id"] = livetest.NewID()
				}
				raw, err := json.Marshal(wrong)
				if err != nil {
					t.Fatal(err)
				}
				c := s.open(t, w)
				c.TellRaw(raw)
				if name == "hello" || field == "id" { // every frame's id is read before it is known what the frame is
					if code := c.AwaitClose(); code != wire.CloseBadFrame {
						t.Errorf("%s %s: closed with %d", s.name, raw, code)
					}
					continue
				}
				if f.answer {
					if e := livetest.As[wire.Error](t, c.Answer(wrong["id"].(string))); e.Code != "frame.malformed" {
						t.Errorf("%s %s: %+v", s.name, raw, e)
					}
				}
				c.TellRaw([]byte(s.alive))
				c.Answer("alive")
			}
			for what, raw := range map[string]string{
				"no JSON": `{"t":"` + name + `"`, "an id that is no text": `{"t":"` + name + `","id":7}`, "deep": `{"t":"` + name + `","x":` + strings.Repeat("[", 20_000),
			} {
				c := s.open(t, w)
				c.TellRaw([]byte(raw))
				if code := c.AwaitClose(); code != wire.CloseBadFrame {
					t.Errorf("%s %s, %s: closed with %d", s.name, name, what, code)
				}
			}
			c := s.open(t, w)
			c.TellRaw([]byte(`{"t":"` + name + `","id":"x","pad":"` + strings.Repeat("x", wire.MaxFrameBytes) + `"}`))
			if code := c.AwaitClose(); code != wire.CloseTooBig {
				t.Errorf("%s %s of 64 kB: closed with %d", s.name, name, code)
			}
		}
	}
}

func TestVisitorsReachNothingOfOthers(t *testing.T) {
	w := newWorld(t)
	for whose, p := range map[string]id.Property{"a neighbour's": w.Property, "another property's": w.Other} {
		victim := livetest.NewVisitor(t, w.URL(), p)
		victim.Connect()
		victim.Send("a secret")
		before := w.facts(t, victim.Session().ID)
		fill := strings.NewReplacer("{session}", string(victim.Session().ID), "{property}", string(w.Property))
		for name, f := range visitorFrames {
			mallory := w.Visitor()
			raw := []byte(fill.Replace(string(write(name, f))))
			mallory.TellRaw(raw)
			switch {
			case name == "hello":
				again := livetest.As[wire.Welcome](t, mallory.Await("welcome", nil))
				if again.Session != nil || len(again.Messages) > 0 {
					t.Errorf("hello with %s session: %+v", whose, again)
				}
			case f.answer:
				check(t, whose, name, f, mallory.Answer(key(t, raw)))
			}
			mallory.TellRaw([]byte(`{"t":"sessions","id":"alive"}`))
			mallory.Answer("alive")
			if now := w.facts(t, victim.Session().ID); now != before {
				t.Errorf("%s changed %s session from %s to %s", name, whose, before, now)
			}
		}
		victim.Sees("a secret")
		if n := victim.Saw("marks") + victim.Saw("typing"); n != 0 {
			t.Errorf("%s visitor saw %d frames that a stranger caused", whose, n)
		}
	}
	// A token of another property is nobody's here, also on the road that remembers nothing.
	stranger := livetest.NewVisitor(t, w.URL(), w.Other)
	stranger.Connect()
	thief := livetest.NewVisitor(t, w.URL(), w.Property)
	thief.Token = stranger.Token
	if got := thief.Connect(); got.Visitor == stranger.ID || got.Token == "" {
		t.Errorf("a token of another property was taken: %+v", got)
	}
	body := `{"stream":"x","hello":{"t":"attach","v":1,"property":"` + string(w.Property) + `","token":"` + stranger.Token + `"},"frames":[{"t":"sessions","id":"x"}]}`
	if _, _, answer := w.call(t, "POST", visitorRoad+"frames?property="+string(w.Property), "", body, nil); !strings.Contains(answer, `"code":4004`) || strings.Contains(answer, `"t":"sessions"`) {
		t.Errorf("attached with a token of another property: %s", answer)
	}
}

func TestAgentsReachNothingOfAnotherProperty(t *testing.T) {
	w := newWorld(t)
	victim := livetest.NewVisitor(t, w.URL(), w.Other)
	victim.Connect()
	victim.Send("a secret")
	eve := w.Agent(livetest.Eve)
	row := eve.AwaitRow("waiting", func(r wire.Row) bool { return r.State == wire.Waiting })
	own, _ := w.chat(t, w.Property)
	before := w.facts(t, row.Session)
	fill := strings.NewReplacer("{chat}", string(row.ID), "{property}", string(w.Other), "{colleague}", string(w.Who(livetest.Cid).ID), "{visitor}", string(victim.ID))
	for name, f := range agentFrames {
		ben := w.Agent(livetest.Ben)
		raw := []byte(fill.Replace(string(write(name, f))))
		ben.TellRaw(raw)
		if name == "hello" {
			if code := ben.AwaitClose(); code != wire.CloseNotAllowed {
				t.Errorf("hello for another property: closed with %d", code)
			}
			continue
		}
		if f.answer {
			got := ben.Answer(key(t, raw))
			check(t, "another property's", name, f, got)
			if strings.Contains(string(got.Raw), string(victim.ID)) != (name == "visit") || strings.Contains(string(got.Raw), "shop.example") {
				t.Errorf("%s tells of another property's visitor: %s", name, got.Raw)
			}
		}
		ben.Watch(own, 0)
		if now := w.facts(t, row.Session); now != before {
			t.Errorf("%s changed another property's session from %s to %s", name, before, now)
		}
	}
	victim.Sees("a secret")
	if n := victim.Saw("marks") + victim.Saw("typing"); n != 0 {
		t.Errorf("the other property's visitor saw %d frames that a stranger caused", n)
	}
	ben := w.Agent(livetest.Ben)
	if e := ben.Refused("x", wire.AgentInvite{T: "invite", ID: "x", Chat: own, Agent: eve.Who()}); e.Code != "chat.invitee" {
		t.Errorf("invited somebody of another property: %+v", e)
	}
	for _, p := range []id.Property{w.Other, "0190a5a0-0000-7000-8000-000000000000", ""} {
		stranger := w.Dashboard(livetest.Ben)
		stranger.Property = p
		if err := stranger.Dial(); err != nil {
			t.Fatal(err)
		}
		if code := stranger.AwaitClose(); code != wire.CloseNotAllowed {
			t.Errorf("the first hello for property %q: closed with %d", p, code)
		}
	}
}

// check looks at the answer to a frame that names somebody else's things.
func check(t *testing.T, whose, name string, f frame, got livetest.Frame) {
	t.Helper()
	if f.want == "" {
		if got.T == "error" {
			t.Errorf("%s: %s", name, got.Raw)
		}
		return
	}
	if e := livetest.As[wire.Error](t, got); got.T != "error" || e.Code != f.want {
		t.Errorf("%s with %s things: %s; want %s", name, whose, got.Raw, f.want)
	}
}

func key(t *testing.T, raw []byte) string {
	t.Helper()
	var b wire.Base
	if err := json.Unmarshal(raw, &b); err != nil {
		t.Fatal(err)
	}
	return b.ID
}

// facts is all of a session that a stranger could change.
func (w *world) facts(t *testing.T, s id.Session) string {
	t.Helper()
	return testkit.Get[string](t, w.env, `
		SELECT state || chat_state || last_seq || ' ' || visitor_got || visitor_read || team_got || team_read || ' ' || rating || ' ' ||
			(SELECT count(*) FROM chat_members m WHERE m.chat_id = sessions.chat_id) || (SELECT count(*) FROM reads r WHERE r.session_id = sessions.id)
		FROM sessions WHERE id = $1`, s)
}
