package ticket

import (
	"errors"
	"testing"
	"time"

	"parley/internal/kernel/id"
)

func TestApply(t *testing.T) {
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	open := Ticket{State: Open}
	closed := Ticket{State: Closed, ClosedAt: at}
	wish := func(s State) Patch { return Patch{State: &s} }
	ann, nobody := id.Agent("ann"), id.Agent("")
	for name, tt := range map[string]struct {
		in   Ticket
		do   Patch
		want Ticket
		err  error
	}{
		"nothing":          {open, Patch{}, open, nil},
		"close":            {open, wish(Closed), closed, nil},
		"close a closed":   {closed, wish(Closed), closed, nil},
		"open again":       {closed, wish(Open), open, nil},
		"a strange state":  {open, wish("lost"), open, ErrState},
		"take it":          {open, Patch{Agent: &ann}, Ticket{State: Open, Agent: ann}, nil},
		"give it back":     {Ticket{State: Open, Agent: ann}, Patch{Agent: &nobody}, open, nil},
		"close a taken":    {Ticket{State: Open, Agent: ann}, wish(Closed), Ticket{State: Closed, Agent: ann, ClosedAt: at}, nil},
		"close it unasked": {closed, Patch{Agent: &nobody}, closed, nil},
	} {
		if got, err := tt.in.apply(tt.do, at); got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: apply = %+v, %v; want %+v, %v", name, got, err, tt.want, tt.err)
		}
	}
}
