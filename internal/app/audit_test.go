package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parley/internal/kernel/id"
	"parley/internal/testkit/livetest"
)

type auditList struct {
	Items []struct {
		N     int64
		At    int64
		Agent *struct {
			ID   id.Agent
			Name string
		}
		Address, Action, Target string
		Detail                  map[string]any
	}
	Next string
}

func TestTheAuditLogOfAPropertyIsItsManagersAlone(t *testing.T) {
	livetest.EachDB(t, livetest.Options{}, func(t *testing.T, s *livetest.Server) {
		mine := "/api/v1/properties/" + string(s.Property)
		if status := s.Call(livetest.Ann, http.MethodPost, mine+"/invites", map[string]any{"email": "dee@x.example", "role": "agent"}, nil); status != 201 {
			t.Fatal(status)
		}
		if status := s.Call(livetest.Ann, http.MethodPatch, mine+"/members/"+string(s.Who(livetest.Cid).ID), map[string]any{"role": "admin"}, nil); status != 200 {
			t.Fatal(status)
		}
		if status := s.Call(livetest.Ann, http.MethodDelete, mine+"/members/"+string(s.Who(livetest.Ben).ID), nil, nil); status != 204 {
			t.Fatal(status)
		}
		var all auditList
		if status := s.Call(livetest.Ann, http.MethodGet, mine+"/audit", nil, &all); status != 200 || len(all.Items) < 3 {
			t.Fatalf("%d %+v", status, all)
		}
		newest := all.Items[0]
		if newest.Action != "member.removed" || newest.Target != string(s.Who(livetest.Ben).ID) || newest.Detail["name"] != livetest.Ben ||
			newest.Agent == nil || newest.Agent.Name != livetest.Ann || newest.Agent.ID != s.Who(livetest.Ann).ID ||
			newest.Address != "127.0.0.1" || newest.At != s.Clock.Now().UnixMilli() || newest.N != int64(len(all.Items)) {
			t.Errorf("the newest entry is %+v", newest)
		}
		if all.Items[1].Action != "member.role_changed" || all.Items[2].Action != "member.invited" {
			t.Errorf("before it: %+v", all.Items[1:])
		}

		for query, want := range map[string]string{
			"?action=member.invited": "member.invited",
			"?action=member":         "member.removed member.role_changed member.invited",
			"?action=ban":            "",
			"?action=member&agent=" + string(s.Who(livetest.Cid).ID): "",
			"?limit=1":               "member.removed",
			"?limit=1&cursor={next}": "member.role_changed",
			fmt.Sprint("?from=", s.Clock.Now().UnixMilli()+1):           "",
			fmt.Sprint("?action=member&to=", s.Clock.Now().UnixMilli()): "",
		} {
			var first, got auditList
			if strings.Contains(query, "{next}") {
				s.Call(livetest.Ann, http.MethodGet, mine+"/audit?limit=1", nil, &first)
			}
			status := s.Call(livetest.Ann, http.MethodGet, mine+"/audit"+strings.ReplaceAll(query, "{next}", first.Next), nil, &got)
			var actions []string
			for _, e := range got.Items {
				actions = append(actions, e.Action)
			}
			if text := strings.Join(actions, " "); status != 200 || text != want {
				t.Errorf("%s: %d %s, want %s", query, status, text, want)
			}
		}
		for _, query := range []string{"?action=bans", "?cursor=x", "?from=-1", "?from=yesterday"} {
			if status := s.Call(livetest.Ann, http.MethodGet, mine+"/audit"+query, nil, nil); status != 422 {
				t.Errorf("%s: %d, want 422", query, status)
			}
		}

		// Eve owns the other property: there nothing of this one is seen, and here she sees nothing at all.
		var hers auditList
		if status := s.Call(livetest.Eve, http.MethodGet, "/api/v1/properties/"+string(s.Other)+"/audit", nil, &hers); status != 200 {
			t.Fatal(status)
		}
		for _, e := range hers.Items {
			if strings.HasPrefix(e.Action, "member.re") || (e.Agent != nil && e.Agent.Name != livetest.Eve) {
				t.Errorf("Eve reads %+v", e)
			}
		}
		if status := s.Call(livetest.Eve, http.MethodGet, mine+"/audit", nil, nil); status != 404 {
			t.Errorf("Eve in the other property: %d, want 404", status)
		}
	})
}
