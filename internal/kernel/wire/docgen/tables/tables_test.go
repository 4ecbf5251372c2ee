package tables_test

import (
	"os"
	"strings"
	"testing"

	"parley/internal/kernel/wire/docgen/tables"
)

const root = "../../../../.."

func TestProtocolDocumentIsInStepWithTheCode(t *testing.T) {
	old, err := os.ReadFile(root + "/docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	text, err := tables.Fill(root, string(old))
	if err != nil {
		t.Fatal(err)
	}
	if text != string(old) {
		t.Error("docs/protocol.md is not up to date: run make generate")
	}
}

func TestAFrameLeftOutIsAnError(t *testing.T) {
	old, err := os.ReadFile(root + "/docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	cut := strings.Replace(string(old), "<!-- wire:VisitorSend -->", "", 1)
	if _, err := tables.Fill(root, cut); err == nil || !strings.Contains(err.Error(), "VisitorSend") {
		t.Errorf("got %v, want an error that names VisitorSend", err)
	}
}
