package audit

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"parley/internal/kernel/id"
)

// Head is the end of a chain: whoever keeps one can prove later what stood before it.
type Head struct {
	Property id.Property // empty: the installation
	N        int64
	Hash     string
}

// String is the head on one line, as `parley admin verify-audit` prints it and [ParseHeads] reads it.
func (h Head) String() string {
	return nameOf(h.Property) + " " + strconv.FormatInt(h.N, 10) + " " + h.Hash
}

// installation is how the chain without a property is called outside.
const installation = "installation"

func nameOf(p id.Property) string {
	if p == "" {
		return installation
	}
	return string(p)
}

// ErrHeads says that a file of kept heads has a line that is none.
var ErrHeads = errors.New("a line of kept heads is PROPERTY NUMBER HASH")

// ParseHeads reads lines written by [Head.String]. Empty lines and those that begin with # are left out.
func ParseHeads(text string) ([]Head, error) {
	var list []Head
	for i, line := range strings.Split(text, "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) != 3 {
			return nil, fmt.Errorf("line %d: %w", i+1, ErrHeads)
		}
		n, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil || n < 1 || len(fields[2]) != 64 {
			return nil, fmt.Errorf("line %d: %w", i+1, ErrHeads)
		}
		if fields[0] == installation {
			fields[0] = ""
		}
		list = append(list, Head{Property: id.Property(fields[0]), N: n, Hash: fields[2]})
	}
	return list, nil
}

// Fault is a place where a chain does not hold.
type Fault struct {
	Property id.Property
	N        int64 // the entry
	What     string
}

// String is one line for the operator.
func (f Fault) String() string {
	return fmt.Sprintf("%s: entry %d %s", nameOf(f.Property), f.N, f.What)
}

// maxFaults of one chain are told: whoever changed more than that changed everything.
const maxFaults = 20

// chain is walked entry by entry, from the first.
type chain struct {
	last   Head
	kept   []Head // of this property
	found  map[int64]bool
	faults []Fault
	more   int // faults beyond maxFaults
	rows   int64
}

func newChain(p id.Property, kept []Head) *chain {
	c := &chain{last: Head{Property: p}, found: map[int64]bool{}}
	for _, h := range kept {
		if h.Property == p {
			c.kept = append(c.kept, h)
		}
	}
	return c
}

func (c *chain) fault(n int64, format string, args ...any) {
	if len(c.faults) == maxFaults {
		c.more++
		return
	}
	c.faults = append(c.faults, Fault{Property: c.last.Property, N: n, What: fmt.Sprintf(format, args...)})
}

// next checks a row that follows the last one. It goes on from what is stored, so that one altered row is one fault.
func (c *chain) next(r row) error {
	c.rows++
	want := c.last.N + 1
	gap := r.N != want
	switch {
	case r.N < want:
		c.fault(r.N, "there is no such place in a chain")
	case r.N == want+1:
		c.fault(want, "is missing")
	case r.N > want:
		c.fault(want, "is missing, and so is every other up to %d", r.N-1)
	}
	hash, err := r.hashAfter(c.last.Hash)
	if err != nil {
		return err
	}
	if hash != r.Hash && !gap {
		if want == 1 {
			c.fault(r.N, "was altered, or is not the one that was written here")
		} else {
			c.fault(r.N, "was altered, or does not follow from entry %d", r.N-1)
		}
	}
	for _, h := range c.kept {
		if h.N != r.N {
			continue
		}
		c.found[h.N] = true
		if h.Hash != r.Hash {
			c.fault(r.N, "is not the one whose hash was kept: it, or one before it, was written anew")
		}
	}
	c.last.N, c.last.Hash = r.N, r.Hash
	return nil
}

// end checks the chain's end against its stored head (nil: there is none) and the kept ones.
func (c *chain) end(head *Head) {
	switch {
	case head == nil && c.last.N > 0:
		c.fault(c.last.N, "is the last, but the chain's head is missing")
	case head == nil:
	case head.N == c.last.N+1:
		c.fault(head.N, "is missing: the head says that it was the last")
	case head.N > c.last.N:
		c.fault(c.last.N+1, "is missing, and so is every other up to %d, which the head says was the last", head.N)
	case head.N < c.last.N:
		c.fault(head.N+1, "was added behind the end: the head says that %d was the last", head.N)
	case head.Hash != c.last.Hash:
		c.fault(head.N, "has another hash than the head: it or the head was altered")
	}
	for _, h := range c.kept {
		if !c.found[h.N] {
			c.fault(h.N, "is missing: its hash was kept, so it was there")
		}
	}
	if c.more > 0 {
		c.faults = append(c.faults, Fault{Property: c.last.Property, N: c.last.N, What: fmt.Sprintf("is the last; %d more faults are not listed", c.more)})
	}
}
