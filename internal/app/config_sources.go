package app

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// defaultConfigFile is read where it exists and --config does not name another.
const defaultConfigFile = "parley.conf"

// testPrefixes are of variables of our own test tools; a server started by them does not stumble over these.
var testPrefixes = []string{"PARLEY_TEST_", "PARLEY_E2E_"}

// sources gives kong what the command line does not say: the environment first, then the secrets' files, then the
// settings file. A name that nobody knows is an error: a misspelt setting that is ignored is worse than no start.
type sources struct {
	env  map[string]string
	file map[string]string
	path string // of the settings file; empty: there is none
}

func readSources(args, environ []string) (*sources, error) {
	s := &sources{env: map[string]string{}, file: map[string]string{}}
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		test := slices.ContainsFunc(testPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
		if strings.HasPrefix(name, "PARLEY_") && !test {
			s.env[name] = value
		}
	}
	path, wanted := configPath(args, s.env)
	file, err := readConfigFile(path)
	if errors.Is(err, fs.ErrNotExist) && !wanted {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	s.file, s.path = file, path
	return s, nil
}

// configPath looks for --config before kong does, because what it names takes part in kong's own reading.
func configPath(args []string, env map[string]string) (path string, wanted bool) {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--config="); ok {
			return v, true
		}
		if a == "--config" && i+1 < len(args) {
			return args[i+1], true
		}
	}
	if v := env["PARLEY_CONFIG"]; v != "" {
		return v, true
	}
	return defaultConfigFile, false
}

// readConfigFile reads lines of `name = value`; names are the flags without dashes, # starts a comment line.
func readConfigFile(path string) (map[string]string, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("read the settings file: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	values := map[string]string{}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || name == "" {
			return nil, fmt.Errorf("%s:%d: want a line like `listen = :8080`, got %q", path, n, line)
		}
		if _, twice := values[name]; twice {
			return nil, fmt.Errorf("%s:%d: %s is set twice", path, n, name)
		}
		values[name] = strings.Trim(value, `"`)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the settings file %s: %w", path, err)
	}
	return values, nil
}

// Validate implements kong.Resolver: it stops the start at a name that no setting has.
func (s *sources) Validate(app *kong.Application) error {
	names, vars := known(app)
	for v := range s.env {
		if !slices.Contains(vars, v) {
			return fmt.Errorf("unknown setting %s in the environment%s", v, hint(v, vars))
		}
	}
	for n := range s.file {
		if !slices.Contains(names, n) {
			return fmt.Errorf("unknown setting %q in %s%s", n, s.path, hint(n, names))
		}
	}
	return nil
}

// Resolve implements kong.Resolver.
func (s *sources) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if v, ok := s.env[name]; ok {
			return v, nil
		}
		if path, ok := s.env[name+"_FILE"]; ok && secret(flag) {
			raw, err := os.ReadFile(path) //nolint:gosec // the operator names the file
			if err != nil {
				return nil, fmt.Errorf("%s_FILE: %w", name, err)
			}
			return strings.TrimSpace(string(raw)), nil
		}
	}
	if v, ok := s.file[flag.Name]; ok && len(flag.Envs) > 0 {
		return v, nil
	}
	return nil, nil //nolint:nilnil // kong's way to say "not here"
}

// known lists the settings' names in a file and in the environment.
func known(app *kong.Application) (names, vars []string) {
	_ = kong.Visit(app, func(v kong.Visitable, next kong.Next) error {
		if f, ok := v.(*kong.Flag); ok && len(f.Envs) > 0 {
			names = append(names, f.Name)
			vars = append(vars, f.Envs...)
			if secret(f) {
				vars = append(vars, f.Envs[0]+"_FILE")
			}
		}
		return next(nil)
	})
	return names, vars
}

// hint offers the known name that shares the longest start with the unknown one.
func hint(unknown string, known []string) string {
	const fewest = 3 // letters in common, or it is a guess
	bare := strings.TrimPrefix(unknown, "PARLEY_")
	best, most := "", fewest-1
	for _, k := range known {
		if n := common(strings.TrimPrefix(k, "PARLEY_"), bare); n > most {
			best, most = k, n
		}
	}
	if best == "" {
		return ": see parley --help"
	}
	return fmt.Sprintf(": did you mean %s?", best)
}

func common(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}
