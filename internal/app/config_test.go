package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// parsed is the configuration that `parley serve` would start with.
func parsed(t *testing.T, environ []string, args ...string) (Config, error) {
	t.Helper()
	src, err := readSources(args, environ)
	if err != nil {
		return Config{}, err
	}
	var commands cli
	parser, err := newParser(&commands, console{&bytes.Buffer{}, &bytes.Buffer{}}, src)
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(args)
	return commands.Serve.Config, err
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAFlagWinsOverTheEnvironmentAndThatOverTheFile(t *testing.T) {
	file := write(t, "# ours\nlisten = file:1\nbase-url = https://file.example\nmetrics-listen = \"file:3\"\n")
	env := []string{"PARLEY_LISTEN=env:1", "PARLEY_BASE_URL=https://env.example", "PARLEY_CONFIG=" + file, "PATH=/bin"}
	got, err := parsed(t, env, "--listen", "flag:1")
	if err != nil {
		t.Fatal(err)
	}
	if got.Listen != "flag:1" || got.BaseURL != "https://env.example" || got.MetricsListen != "file:3" {
		t.Errorf("listen %q, base-url %q, metrics-listen %q; want the flag's, the environment's and the file's", got.Listen, got.BaseURL, got.MetricsListen)
	}
	if got.Data != "./data" {
		t.Errorf("data %q, want the default", got.Data)
	}
}

func TestSecretsCanBeReadFromFiles(t *testing.T) {
	got, err := parsed(t, []string{
		"PARLEY_DATABASE=postgres://db/parley", "PARLEY_CLUSTER_LISTEN=127.0.0.1:6222",
		"PARLEY_CLUSTER_SECRET_FILE=" + write(t, "sixteen letters!\n"),
	})
	if err != nil || got.ClusterSecret != "sixteen letters!" {
		t.Errorf("secret %q, error %v", got.ClusterSecret, err)
	}
}

func TestListsOfNetworks(t *testing.T) {
	got, err := parsed(t, nil, "--trusted-proxies", "10.1.2.3/8, ::1,192.0.2.7")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, p := range got.TrustedProxies {
		list = append(list, p.String())
	}
	if s := strings.Join(list, " "); s != "10.0.0.0/8 ::1/128 192.0.2.7/32" {
		t.Errorf("networks %q", s)
	}
}

func TestWrongSettingsStopTheStart(t *testing.T) {
	for name, tt := range map[string]struct {
		env  []string
		args []string
		want string // part of the message
	}{
		"unknown flag":           {args: []string{"--listne", ":1"}, want: "unknown flag --listne"},
		"unknown variable":       {env: []string{"PARLEY_LISTNE=:1"}, want: "did you mean PARLEY_LISTEN?"},
		"unknown line":           {args: []string{"--config", write(t, "bsae-url = x\n")}, want: `unknown setting "bsae-url"`},
		"no line":                {args: []string{"--config", write(t, "listen :1\n")}, want: "f:1: want a line like"},
		"set twice":              {args: []string{"--config=" + write(t, "listen = a\nlisten = b\n")}, want: "f:2: listen is set twice"},
		"missing file":           {args: []string{"--config", "/nowhere/parley.conf"}, want: "/nowhere/parley.conf"},
		"missing secret file":    {env: []string{"PARLEY_DATABASE_FILE=/nowhere/secret"}, want: "/nowhere/secret"},
		"not a network":          {args: []string{"--trusted-proxies", "10.0.0.0/99"}, want: "is not an address or a network"},
		"not a level":            {args: []string{"--log-level", "loud"}, want: "loud"},
		"not a web address":      {args: []string{"--base-url", "chat.example.com"}, want: "is not a web address"},
		"base with a path":       {args: []string{"--base-url", "https://example.com/chat"}, want: "host name of its own"},
		"cluster without secret": {args: []string{"--cluster-listen", ":1", "--database", "postgres://db/x"}, want: "needs --cluster-secret"},
		"short secret":           {args: []string{"--cluster-listen", ":1", "--database", "postgres://db/x", "--cluster-secret", "short"}, want: "at least 16 characters"},
		"peers without listener": {args: []string{"--cluster-peers", "a:1", "--cluster-secret", "sixteen letters!"}, want: "needs --cluster-listen"},
		"cluster on SQLite":      {args: []string{"--cluster-listen", ":1", "--cluster-secret", "sixteen letters!"}, want: "need one PostgreSQL"},
		"two buses":              {args: []string{"--cluster-listen", ":1", "--nats-url", "nats://n"}, want: "exclude each other"},
		"no time to stop":        {args: []string{"--shutdown-timeout", "0s"}, want: "above zero"},
		"fewer than none":        {args: []string{"--max-connections-per-address=-1"}, want: "0 is no limit"},
	} {
		_, err := parsed(t, tt.env, tt.args...)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, tt.want)
		}
	}
}

func TestVariablesOfOurTestToolsAreNoSettings(t *testing.T) {
	if _, err := parsed(t, []string{"PARLEY_TEST_PG=postgres://x", "PARLEY_E2E_PG=postgres://x"}); err != nil {
		t.Error(err)
	}
}
