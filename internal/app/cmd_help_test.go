package app

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestArticlesGoInAndOutByTheCommandLine(t *testing.T) {
	data := t.TempDir()
	made := start(t, "admin", "create-owner", "--data", data, "--email", "ana@kiln.example", "--name", "Ana", "--property", "Kiln Street", "--password", "speckled-mug-0419")
	if err := <-made.ended; err != nil {
		t.Fatal(err)
	}
	said, _ := made.out.wait()
	property := regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).FindString(said)
	run := func(args ...string) (out, log string, err error) {
		t.Helper()
		c := start(t, append([]string{"help"}, append(args, "--data", data, "--property", property)...)...)
		err = <-c.ended
		return c.out.String(), c.err.String(), err
	}
	in, out := t.TempDir(), filepath.Join(t.TempDir(), "new", "folder")
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(in, name)), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(in, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("bowls/large.md", "---\ntitle: The large bowl\n---\n\nIt is [oven safe](oven.md).\n")
	write("bowls/oven.md", "---\ntitle: Oven\nstate: live\n---\n")
	if _, log, err := run("import", in); err == nil || !strings.Contains(err.Error(), "nothing was imported") ||
		!strings.Contains(log, filepath.Join(in, "bowls/oven.md")+":3: state: choose one of draft, published, archived") {
		t.Errorf("a fault: %v, %s", err, log)
	}
	write("bowls/oven.md", "---\ntitle: Oven\n---\n\nUp to 220 °C.\n")
	for _, want := range []string{"Texts: 2 made, 0 updated, 0 the same.", "Texts: 0 made, 0 updated, 2 the same."} {
		if text, _, err := run("import", in); err != nil || !strings.Contains(text, want) {
			t.Errorf("%v, %q, want %q", err, text, want)
		}
	}
	if text, _, err := run("export", out); err != nil || !strings.HasPrefix(text, "3 files are in ") {
		t.Errorf("%v, %q", err, text)
	}
	large, err := os.ReadFile(filepath.Join(out, "bowls", "large.md"))
	if err != nil || !strings.Contains(string(large), "title: The large bowl\n") || !strings.Contains(string(large), "It is [oven safe](oven.md).") {
		t.Errorf("%v, %s", err, large)
	}
	if text, _, err := run("import", out, "--verbose"); err != nil || !strings.Contains(text, "same     bowls/large.md") || !strings.Contains(text, "2 the same") {
		t.Errorf("what was exported: %v, %q", err, text)
	}
	if _, _, err := run("export", out); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("into the same folder: %v", err)
	}
	property = "nobody"
	if _, _, err := run("import", in); err == nil || !strings.Contains(err.Error(), `--property: there is no property "nobody"`) {
		t.Errorf("another property: %v", err)
	}
	// A link that leads out of the folder leads nowhere.
	property = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).FindString(said)
	secret := filepath.Join(t.TempDir(), "secret.md")
	if err := os.WriteFile(secret, []byte("# Secret\n\nwords"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(in, "linked.md")); err != nil {
		t.Fatal(err)
	}
	if text, _, err := run("import", in, "-v"); err != nil || strings.Contains(text, "linked") {
		t.Errorf("a link was followed: %v, %q", err, text)
	}
}

func TestTheDemosArticlesAreInOrder(t *testing.T) {
	c := start(t, "demo", "--listen", "127.0.0.1:0", "--shop-listen", "127.0.0.1:0", "--json")
	text := c.until(t, `"help_url"`)
	if !strings.Contains(text, `/help/kiln-street`) {
		t.Errorf("it says %q", text)
	}
	c.stop()
	if err := <-c.ended; err != nil {
		t.Error(err)
	}
}
