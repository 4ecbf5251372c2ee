package hub

import (
	"hash/maphash"
	"slices"
	"sync"
)

const shards = 64

// topics says who listens to what. A topic exists while somebody is in it.
type topics struct {
	seed  maphash.Seed
	shard [shards]topicShard
}

type topicShard struct {
	mu   sync.RWMutex
	byID map[string]*topic
}

type topic struct {
	name    string
	shard   *topicShard
	members []*member
}

// member is one connection's place in one topic, so that leaving is quick in a topic of thousands. Its place is guarded by the
// shard's mutex.
type member struct {
	conn  *Conn
	topic *topic
	place int
}

func (t *topics) init() {
	t.seed = maphash.MakeSeed()
	for i := range t.shard {
		t.shard[i].byID = map[string]*topic{}
	}
}

func (t *topics) of(name string) *topicShard {
	return &t.shard[maphash.String(t.seed, name)%shards]
}

func (t *topics) join(c *Conn, name string) *member {
	s := t.of(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.byID[name]
	if in == nil {
		in = &topic{name: name, shard: s}
		s.byID[name] = in
	}
	m := &member{conn: c, topic: in, place: len(in.members)}
	in.members = append(in.members, m)
	return m
}

func (m *member) leave() {
	t, s := m.topic, m.topic.shard
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(t.members) - 1
	t.members[m.place] = t.members[last]
	t.members[m.place].place = m.place
	t.members[last] = nil
	t.members = t.members[:last]
	if last == 0 {
		delete(s.byID, t.name)
	}
}

// Publish sends f to every connection of the topic but the one whose id is except.
func (h *Hub) Publish(topic string, f *Frame, except string) {
	s := h.topics.of(topic)
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.byID[topic]
	if t == nil {
		return
	}
	for _, m := range t.members {
		if except == "" || m.conn.id != except {
			m.conn.Send(f)
		}
	}
}

// Each calls fn for every connection that is in the topic when it is called. fn may do anything with it.
func (h *Hub) Each(topic string, fn func(*Conn)) {
	s := h.topics.of(topic)
	s.mu.RLock()
	var members []*member
	if t := s.byID[topic]; t != nil {
		members = slices.Clone(t.members)
	}
	s.mu.RUnlock()
	for _, m := range members {
		fn(m.conn)
	}
}

// Count says how many connections a topic has.
func (h *Hub) Count(topic string) int {
	s := h.topics.of(topic)
	s.mu.RLock()
	defer s.mu.RUnlock()
	if t := s.byID[topic]; t != nil {
		return len(t.members)
	}
	return 0
}

// Join puts the connection into a topic; twice is once. The short life of a POST has no topics.
func (c *Conn) Join(topic string) {
	if c.Attached() {
		return
	}
	c.memberMu.Lock()
	defer c.memberMu.Unlock()
	if c.left || c.find(topic) >= 0 {
		return
	}
	if c.members == nil {
		c.members = make([]*member, 0, 3) // a visitor's
	}
	c.members = append(c.members, c.hub.topics.join(c, topic))
}

// Leave takes it out again. Closing leaves all topics.
func (c *Conn) Leave(topic string) {
	c.memberMu.Lock()
	defer c.memberMu.Unlock()
	if i := c.find(topic); i >= 0 {
		c.members[i].leave()
		c.members = slices.Delete(c.members, i, i+1)
	}
}

func (c *Conn) find(topic string) int {
	return slices.IndexFunc(c.members, func(m *member) bool { return m.topic.name == topic })
}

func (c *Conn) leaveAll() {
	c.memberMu.Lock()
	defer c.memberMu.Unlock()
	c.left = true
	for _, m := range c.members {
		m.leave()
	}
	c.members = nil
}
