package property

import (
	"encoding/json"
	"reflect"

	"parley/internal/audit"
)

// changes lists what differs between two states of a property, by the names of the API: "name", "settings.greeting.online".
func (p Property) changes(next Property) audit.Changes {
	list := audit.Changes{}
	if p.Name != next.Name {
		list["name"] = audit.Change{Was: p.Name, Now: next.Name}
	}
	differences(list, "settings", fields(p.Settings), fields(next.Settings))
	return list
}

func differences(list audit.Changes, path string, was, now map[string]any) {
	for name, n := range now {
		w := was[name]
		inner, nested := n.(map[string]any)
		switch before, _ := w.(map[string]any); {
		case nested:
			differences(list, path+"."+name, before, inner)
		case !reflect.DeepEqual(w, n):
			list[path+"."+name] = audit.Change{Was: w, Now: n}
		}
	}
}

// fields are the settings as they are stored: a new one is compared without anybody thinking of it.
func fields(s Settings) map[string]any {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings, numbers and booleans always encode
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		panic(err) // we wrote it
	}
	return m
}
