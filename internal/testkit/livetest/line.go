// Package livetest runs whole servers in a test and gives it people to put in front of them: visitors and agents who speak
// the protocol over real connections, by WebSocket or by Server-Sent Events and POST. It knows no rule of the product.
package livetest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/lxzan/gws"
)

// Road is how a client's frames travel.
type Road string

const (
	WebSocket Road = "websocket"
	Fallback  Road = "fallback" // Server-Sent Events and POST
)

// line is one open connection. Its frames come to the inbox's functions, from one goroutine.
type line interface {
	send(frame []byte) error
	cut() // without a goodbye, as a tunnel does it
}

type inbox struct {
	frame  func(raw []byte)
	closed func(code int)
}

// refused is an HTTP answer where a connection was hoped for.
type refused struct {
	Status int
	Code   string
}

func (r *refused) Error() string { return fmt.Sprintf("refused with %d %s", r.Status, r.Code) }

// RefusedWith is the HTTP status with which a connection was refused; 0: it was not.
func RefusedWith(err error) int {
	if r, ok := errors.AsType[*refused](err); ok {
		return r.Status
	}
	return 0
}

func refusal(res *http.Response) error {
	defer res.Body.Close() //nolint:errcheck // read to its end
	var p struct {
		Code string `json:"code"`
	}
	raw, _ := io.ReadAll(res.Body)
	_ = json.Unmarshal(raw, &p) // a proxy's page has no code
	return &refused{Status: res.StatusCode, Code: p.Code}
}

// socket is a WebSocket.
type socket struct {
	gws.BuiltinEventHandler
	conn *gws.Conn
	in   inbox
	once sync.Once
}

func dialSocket(url string, header http.Header, hello []byte, in inbox) (line, error) {
	s := &socket{in: in}
	conn, res, err := gws.NewClient(s, &gws.ClientOption{
		Addr: strings.Replace(url, "http", "ws", 1), RequestHeader: header, ReadMaxPayloadSize: 8 << 20,
	})
	if err != nil {
		if res != nil && res.StatusCode != http.StatusSwitchingProtocols {
			return nil, refusal(res)
		}
		return nil, err
	}
	s.conn = conn
	go conn.ReadLoop()
	if hello != nil {
		_ = s.send(hello) // who is turned away at the door cannot say it any more; the close tells why
	}
	return s, nil
}

func (s *socket) send(frame []byte) error { return s.conn.WriteMessage(gws.OpcodeText, frame) }
func (s *socket) cut()                    { _ = s.conn.NetConn().Close() } // that is the point of it

// OnMessage implements gws.Event.
func (s *socket) OnMessage(_ *gws.Conn, m *gws.Message) {
	raw := bytes.Clone(m.Bytes())
	_ = m.Close() // gives the buffer back
	s.in.frame(raw)
}

// OnPing implements gws.Event.
func (s *socket) OnPing(c *gws.Conn, payload []byte) { _ = c.WritePong(payload) } // a dead line says so itself

// OnClose implements gws.Event.
func (s *socket) OnClose(_ *gws.Conn, err error) {
	s.once.Do(func() {
		code := 1006 // RFC 6455: nobody said goodbye
		if c, ok := errors.AsType[*gws.CloseError](err); ok {
			code = int(c.Code)
		}
		s.in.closed(code)
	})
}

// stream is the fallback's two calls. Its POSTs go to posts, which may be another node than the stream's.
type stream struct {
	id     string
	posts  string
	header http.Header
	hello  func() []byte // the attach frame
	in     inbox
	stop   context.CancelFunc
}

func dialStream(url, posts string, header http.Header, hello []byte, attach func() []byte, in inbox) (line, error) {
	ctx, stop := context.WithCancel(context.Background()) // ends with cut, which the client's clean-up calls
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(hello))
	if err != nil {
		stop()
		return nil, err
	}
	req.Header = header.Clone()
	req.Header.Set("Content-Type", "text/plain")
	res, err := http.DefaultClient.Do(req) // read closes it
	if err != nil {
		stop()
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		stop()
		return nil, refusal(res)
	}
	s := &stream{posts: posts, header: req.Header, hello: attach, in: in, stop: stop}
	opened := make(chan string, 1)
	go s.read(res.Body, opened)
	if s.id = <-opened; s.id == "" {
		stop()
		return nil, errors.New("the stream ended before it was open")
	}
	return s, nil
}

// read takes the events of the stream apart: "event:", "data:", empty line.
func (s *stream) read(body io.ReadCloser, opened chan string) {
	defer body.Close() //nolint:errcheck // read to its end
	defer close(opened)
	code, event := 1006, ""
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 8<<20)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case name == "event":
			event = value
		case name == "data" && event == "open":
			var open struct {
				Stream string `json:"stream"`
			}
			_ = json.Unmarshal([]byte(value), &open) // empty: the caller fails
			opened <- open.Stream
		case name == "data" && event == "close":
			var end struct {
				Code int `json:"code"`
			}
			_ = json.Unmarshal([]byte(value), &end) // zero shows in the test
			code = end.Code
		case name == "data":
			s.in.frame([]byte(value))
		case lines.Text() == "":
			event = ""
		}
	}
	s.in.closed(code)
}

func (s *stream) send(frame []byte) error {
	body, err := json.Marshal(map[string]any{"stream": s.id, "hello": json.RawMessage(s.hello()), "frames": []json.RawMessage{frame}})
	if err != nil { // not JSON at all: as the test wants it
		body = frame
	}
	req, err := http.NewRequest(http.MethodPost, s.posts, bytes.NewReader(body)) //nolint:noctx // answered at once
	if err != nil {
		return err
	}
	req.Header = s.header.Clone()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return refusal(res)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	var answer struct {
		Frames []json.RawMessage `json:"frames"`
		Close  *struct {
			Code int `json:"code"`
		} `json:"close"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return err
	}
	for _, f := range answer.Frames {
		s.in.frame(f)
	}
	if answer.Close != nil {
		s.in.closed(answer.Close.Code)
	}
	return nil
}

func (s *stream) cut() { s.stop() }
