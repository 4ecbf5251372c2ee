package main

import (
	"io"
	"strings"
	"testing"
)

func TestCommittedTypesAreUpToDate(t *testing.T) {
	if err := run("../../../..", true, io.Discard); err != nil {
		t.Fatal(err)
	}
}

func TestFramesKnowTheirTypeAndWay(t *testing.T) {
	made, err := generate("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"t: 'welcome'\n", "t: 'join' | 'leave' | 'close' | 'end'\n", "author?: Person", "export interface ChatMember extends Person {",
		"export const MaxFrameBytes = 64 << 10", "reads: Record<string, number>", "export type Role = 'owner' | 'admin' | 'agent'",
		"export type VisitorToServer =\n  | VisitorHello\n", "  | Resync\n",
	} {
		if !strings.Contains(string(made), want) {
			t.Errorf("generated types lack %q", want)
		}
	}
}
