package torture

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/lxzan/gws"
)

// answerWait is how long a client waits for an answer before it connects anew; the protocol's 10 s would make a long test.
const answerWait = 3 * time.Second

// line is one open connection. send never blocks: a writer of its own does that, like a browser's.
type line interface {
	send(frame []byte)
	cut()
}

// inbox is where a line reports to. opened is called before the first frame, closed once; 1006: nobody said why.
type inbox struct {
	opened func(line)
	frame  func(raw []byte)
	closed func(code int)
}

// refused is an HTTP answer in place of a connection.
type refused struct{ status int }

func (r *refused) Error() string { return fmt.Sprintf("refused with %d", r.status) }

// call says how to open a line.
type call struct {
	socket, stream, frames string // addresses
	header                 http.Header
	hello                  []byte
	attach                 func() []byte
}

type socket struct {
	gws.BuiltinEventHandler
	conn *gws.Conn
	in   inbox
	out  chan []byte
	done chan struct{}
	once sync.Once
}

func dialSocket(c call, in inbox) error {
	s := &socket{in: in, out: make(chan []byte, 512), done: make(chan struct{})}
	conn, res, err := gws.NewClient(s, &gws.ClientOption{
		Addr: strings.Replace(c.socket, "http", "ws", 1), RequestHeader: c.header, ReadMaxPayloadSize: 8 << 20, HandshakeTimeout: answerWait,
	})
	if err != nil {
		if res != nil && res.StatusCode >= 400 {
			return &refused{res.StatusCode}
		}
		return err
	}
	s.conn = conn
	in.opened(s)
	go conn.ReadLoop()
	go s.write()
	s.send(c.hello)
	return nil
}

func (s *socket) write() {
	for {
		select {
		case raw := <-s.out:
			if s.conn.SetWriteDeadline(time.Now().Add(answerWait)) != nil || s.conn.WriteMessage(gws.OpcodeText, raw) != nil {
				s.cut()
				return
			}
		case <-s.done:
			return
		}
	}
}

func (s *socket) send(frame []byte) {
	select {
	case s.out <- frame:
	default:
		s.cut()
	}
}

func (s *socket) cut() { _ = s.conn.NetConn().Close() }

// OnMessage implements gws.Event.
func (s *socket) OnMessage(_ *gws.Conn, m *gws.Message) {
	raw := bytes.Clone(m.Bytes())
	_ = m.Close() // gives the buffer back
	s.in.frame(raw)
}

// OnPing implements gws.Event.
func (s *socket) OnPing(c *gws.Conn, payload []byte) { _ = c.WritePong(payload) }

// OnClose implements gws.Event.
func (s *socket) OnClose(_ *gws.Conn, err error) {
	s.once.Do(func() {
		close(s.done)
		code := 1006
		if c, ok := errors.AsType[*gws.CloseError](err); ok {
			code = int(c.Code)
		}
		s.in.closed(code)
	})
}

// stream is Server-Sent Events and POST. A POST that fails ends it: then everything is sent again on the next one.
type stream struct {
	call   call
	id     string
	client *http.Client
	in     inbox
	out    chan []byte
	ctx    context.Context //nolint:containedctx // the line's life
	stop   context.CancelFunc
	once   sync.Once
}

func dialStream(c call, in inbox) error {
	transport := &http.Transport{
		DialContext: (&net.Dialer{Timeout: answerWait}).DialContext, ResponseHeaderTimeout: answerWait, MaxIdleConnsPerHost: 2,
	}
	s := &stream{call: c, client: &http.Client{Transport: transport}, in: in, out: make(chan []byte, 512)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	context.AfterFunc(s.ctx, transport.CloseIdleConnections)
	res, err := s.post(s.ctx, c.stream, c.hello)
	if err != nil {
		s.stop()
		return err
	}
	in.opened(s)
	opened := make(chan string, 1)
	go s.read(res.Body, opened)
	select {
	case s.id = <-opened:
	case <-time.After(answerWait):
	}
	if s.id == "" {
		s.stop()
		return errors.New("the stream was not opened")
	}
	go s.write()
	return nil
}

func (s *stream) post(ctx context.Context, url string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header = s.call.header.Clone()
	req.Header.Set("Content-Type", "text/plain")
	res, err := s.client.Do(req)
	if err == nil && res.StatusCode != http.StatusOK {
		_ = res.Body.Close()
		return nil, &refused{res.StatusCode}
	}
	return res, err
}

// read takes the stream's events apart: "event:", "data:", empty line. What has no empty line after it was cut off.
func (s *stream) read(body io.ReadCloser, opened chan string) {
	defer body.Close() //nolint:errcheck // read to its end
	defer close(opened)
	code, event, data := 1006, "", ""
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 8<<20)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case lines.Text() != "" && name == "event":
			event = value
		case lines.Text() != "" && name == "data":
			data = value
		case lines.Text() != "" || data == "": // a comment, or the end of one
		default:
			s.event(event, data, opened, &code)
			event, data = "", ""
		}
	}
	s.end(code)
}

func (s *stream) event(event, data string, opened chan string, code *int) {
	var end struct {
		Stream string `json:"stream"`
		Code   int    `json:"code"`
	}
	switch event {
	case "open":
		_ = json.Unmarshal([]byte(data), &end) // empty: dialStream fails
		opened <- end.Stream
	case "close":
		_ = json.Unmarshal([]byte(data), &end) // zero is no code, and shows
		*code = end.Code
	default:
		s.in.frame([]byte(data))
	}
}

func (s *stream) end(code int) {
	s.stop()
	s.once.Do(func() { s.in.closed(code) })
}

// write posts what waits, up to three at once.
func (s *stream) write() {
	for {
		var batch []json.RawMessage
		select {
		case raw := <-s.out:
			batch = append(batch, raw)
		case <-s.ctx.Done():
			return
		}
	more:
		for len(batch) < 3 {
			select {
			case raw := <-s.out:
				batch = append(batch, raw)
			default:
				break more
			}
		}
		if code := s.exchange(batch); code != 0 {
			s.end(code)
			return
		}
	}
}

func (s *stream) exchange(batch []json.RawMessage) (code int) {
	body, err := json.Marshal(map[string]any{"stream": s.id, "hello": json.RawMessage(s.call.attach()), "frames": batch})
	if err != nil {
		return 1006
	}
	ctx, cancel := context.WithTimeout(s.ctx, 2*answerWait)
	defer cancel()
	res, err := s.post(ctx, s.call.frames, body)
	if err != nil {
		return 1006
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	var answer struct {
		Frames []json.RawMessage `json:"frames"`
		Close  *struct {
			Code int `json:"code"`
		} `json:"close"`
	}
	if json.NewDecoder(res.Body).Decode(&answer) != nil {
		return 1006
	}
	for _, f := range answer.Frames {
		s.in.frame(f)
	}
	if answer.Close != nil {
		return answer.Close.Code
	}
	return 0
}

func (s *stream) send(frame []byte) {
	select {
	case s.out <- frame:
	default:
		s.cut()
	}
}

func (s *stream) cut() { s.end(1006) }
