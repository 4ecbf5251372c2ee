package ban_test

import (
	"bytes"
	"encoding/csv"
	"testing"

	"parley/internal/ban"
)

// FuzzNetwork: whatever is typed becomes a network that covers it and says itself again, or nothing.
func FuzzNetwork(f *testing.F) {
	for _, s := range []string{"203.0.113.7", "::ffff:1.2.3.4/120", "2001:db8::1%eth0", "2001:db8::/33", "1.2.3.4/8", "::/0", "[::1]:80", "1.2.3.4,5.6.7.8"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ban.Network(s)
		if err != nil {
			if p.IsValid() {
				t.Fatalf("Network(%q) = %v and %v", s, p, err)
			}
		} else {
			again, err := ban.Network(p.String())
			if err != nil || again != p || p != p.Masked() || p.Addr().Is4In6() {
				t.Fatalf("Network(%q) = %v, again %v, %v", s, p, again, err)
			}
		}
		a := ban.Addresses(s)[0]
		x := ban.NewIndex()
		if n := ban.NetworkOf(a); n.IsValid() {
			x.Apply(ban.Entry{ID: "b", Network: n, ChangedAt: 1})
		}
		if v := x.Decide(ban.Who{Addresses: ban.Addresses(s)}, noon); !v.Banned {
			t.Fatalf("%q is let in: an address is banned by its own network, and what is none is refused", s)
		}
	})
}

// FuzzEmail: the normal form is its own normal form.
func FuzzEmail(f *testing.F) {
	for _, s := range []string{"Bob@Example.com", "bob@bücher.example", `"a b"@x.example`, "a@b@c.example", "\x00@x.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		who := ban.Who{Email: s}.Canonical()
		if again := who.Canonical(); again.Email != who.Email {
			t.Fatalf("%q, canonical %q, again %q", s, who.Email, again.Email)
		}
		if email, err := ban.Email(s); err == nil && email != who.Email {
			t.Fatalf("%q is banned as %q and asked as %q", s, email, who.Email)
		}
	})
}

// FuzzCSV: whatever the file, no line becomes more than it says, and what came in goes out and comes in again.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{
		"kind,value,reason,ends_at\naddress,203.0.113.7,Spam,never\n", "address;203.0.113.7;Spam;2027-01-01", "\ufeffemail,a@b.example,'=1+1",
		"range,10.0.0.0/0,x\nvisitor,x,y\n\n\"", "domain,'@x.example,\"a\nb\",0", "address,\"1.2.3.4",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		lines, err := ban.ReadCSV(file, noon.UnixMilli())
		if err != nil {
			return
		}
		for _, l := range lines {
			if l.Err != nil {
				continue
			}
			rows := l.Entry.Rows()
			if len(rows) != 1 {
				t.Fatalf("line %d covers %d things: %+v", l.N, len(rows), l.Entry)
			}
			var out bytes.Buffer
			if err := csv.NewWriter(&out).WriteAll(append([][]string{ban.Header}, rows...)); err != nil {
				t.Fatal(err)
			}
			again, err := ban.ReadCSV(out.Bytes(), noon.UnixMilli())
			l.Entry.EndsAt -= l.Entry.EndsAt % 1000 // an export has seconds
			if err != nil || len(again) != 1 || (again[0].Err == nil && again[0].Entry != l.Entry) {
				t.Fatalf("%q came back as %+v, %v; want %+v", out.String(), again, err, l.Entry)
			}
		}
	})
}
