package app

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"parley/internal/kernel/clock"
	"parley/internal/platform/geo"
)

// Config is everything a node is built from. The tags are the reference: `parley --help`, the environment, the
// settings file and docs/config.md all come from them.
type Config struct {
	Storage `embed:"" group:"Data"`
	Network `embed:"" group:"Network"`
	Cluster `embed:"" group:"Several nodes"`

	Now clock.Clock  `kong:"-"` // nil: the system's clock
	Log *slog.Logger `kong:"-"` // nil: nothing is logged
}

// Storage says where everything that must be kept is kept.
type Storage struct {
	Data     string `default:"./data" env:"PARLEY_DATA" placeholder:"FOLDER" help:"Folder for the database and everything else that must be kept."`
	Database string `env:"PARLEY_DATABASE" placeholder:"WHERE" secret:"" help:"A SQLite file, or postgres://user:password@host/name. Default: parley.db in the data folder."`
}

// Network says where a node is reached and whom it believes.
type Network struct {
	Listen          string        `default:"127.0.0.1:8080" env:"PARLEY_LISTEN" placeholder:"ADDRESS" help:"Address to serve on. Use :8080 to be reached from everywhere."`
	BaseURL         string        `name:"base-url" env:"PARLEY_BASE_URL" placeholder:"URL" help:"Address that people type, for example https://chat.example.com. Default: http:// and the listen address."`
	TrustedProxies  Networks      `env:"PARLEY_TRUSTED_PROXIES" placeholder:"NETWORKS" help:"Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, for example 127.0.0.1,10.0.0.0/8. Default: none."`
	RateLimitExempt Networks      `env:"PARLEY_RATE_LIMIT_EXEMPT" placeholder:"NETWORKS" help:"Networks without rate limits (load tests, monitoring). Default: none."`
	MaxConnections  int           `name:"max-connections-per-address" default:"200" env:"PARLEY_MAX_CONNECTIONS_PER_ADDRESS" placeholder:"NUMBER" help:"Visitors' connections that one address (IPv6: one /64) may have open at a time on a node; 0: no limit. Networks without rate limits have none."`
	GeoDatabase     string        `env:"PARLEY_GEO_DATABASE" placeholder:"FILE" help:"Database of places in MaxMind's format, with cities (read at the start). Default: the countries that are part of Parley."`
	MetricsListen   string        `env:"PARLEY_METRICS_LISTEN" placeholder:"ADDRESS" help:"Address for Prometheus metrics, for example 127.0.0.1:9090. Default: off."`
	ShutdownTimeout time.Duration `default:"5s" env:"PARLEY_SHUTDOWN_TIMEOUT" placeholder:"TIME" help:"How long a stop may take: sockets are told, writes are finished."`
}

// Cluster joins nodes that share one PostgreSQL database.
type Cluster struct {
	ClusterListen string   `env:"PARLEY_CLUSTER_LISTEN" placeholder:"ADDRESS" help:"Address for the other nodes, for example 10.0.0.1:6222. Default: this node is alone."`
	ClusterPeers  []string `env:"PARLEY_CLUSTER_PEERS" placeholder:"ADDRESSES" help:"Cluster addresses of other nodes; one that lives is enough."`
	ClusterSecret string   `env:"PARLEY_CLUSTER_SECRET" placeholder:"SECRET" secret:"" help:"Shared secret of all nodes, at least 16 characters."`
	NATSURL       string   `name:"nats-url" env:"PARLEY_NATS_URL" placeholder:"URL" secret:"" help:"Use an existing NATS cluster in place of the nodes' own."`
}

// Logs says how the log is written. It goes to standard error.
type Logs struct {
	LogLevel  slog.Level `default:"info" env:"PARLEY_LOG_LEVEL" placeholder:"LEVEL" help:"debug, info, warn or error."`
	LogFormat string     `default:"text" env:"PARLEY_LOG_FORMAT" enum:"text,json" placeholder:"FORMAT" help:"text or json."`
}

// Networks is a list of addresses and CIDR ranges.
type Networks []netip.Prefix

// Decode reads "10.0.0.0/8, 192.0.2.7"; a single address is a network of one.
func (n *Networks) Decode(ctx *kong.DecodeContext) error {
	token, err := ctx.Scan.PopValue("networks")
	if err != nil {
		return err
	}
	for part := range strings.SplitSeq(fmt.Sprint(token.Value), ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		p, err := parseNetwork(part)
		if err != nil {
			return err
		}
		*n = append(*n, p)
	}
	return nil
}

func parseNetwork(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, fmt.Errorf("%q is not an address or a network like 10.0.0.0/8", s)
	}
	return p.Masked(), nil
}

// IsPostgres reports whether the database is a server rather than a file.
func (s Storage) IsPostgres() bool {
	return strings.HasPrefix(s.Database, "postgres://") || strings.HasPrefix(s.Database, "postgresql://")
}

// DatabaseURL is the database with the default filled in.
func (s Storage) DatabaseURL() string {
	if s.Database == "" {
		return filepath.Join(s.Data, "parley.db")
	}
	return s.Database
}

// Validate finds the settings that do not go together; its message names the setting and the way out.
func (c Config) Validate() error {
	if err := c.validateBaseURL(); err != nil {
		return err
	}
	if c.ShutdownTimeout <= 0 {
		return errors.New("--shutdown-timeout must be above zero, for example 5s")
	}
	if c.MaxConnections < 0 {
		return errors.New("--max-connections-per-address must not be below zero; 0 is no limit")
	}
	return c.validateCluster()
}

func (c Config) validateBaseURL() error {
	if c.BaseURL == "" {
		return nil
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return fmt.Errorf("--base-url %q is not a web address like https://chat.example.com", c.BaseURL)
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("--base-url %q must end after the host: Parley wants a host name of its own", c.BaseURL)
	}
	return nil
}

// origin is a base URL as browsers write it into Origin: lower case, without a default port and without a path.
func origin(base string) string {
	base = strings.ToLower(strings.TrimRight(base, "/"))
	if host, ok := strings.CutSuffix(base, ":443"); ok && strings.HasPrefix(base, "https://") {
		return host
	}
	if host, ok := strings.CutSuffix(base, ":80"); ok && strings.HasPrefix(base, "http://") {
		return host
	}
	return base
}

// minSecret keeps a cluster's secret out of reach of guessing.
const minSecret = 16

func (c Config) validateCluster() error {
	several := c.ClusterListen != "" || len(c.ClusterPeers) > 0
	switch {
	case several && c.NATSURL != "":
		return errors.New("--nats-url and --cluster-listen exclude each other: choose one")
	case len(c.ClusterPeers) > 0 && c.ClusterListen == "":
		return errors.New("--cluster-peers needs --cluster-listen")
	case several && c.ClusterSecret == "":
		return errors.New("a cluster needs --cluster-secret, the same on all nodes")
	case several && len(c.ClusterSecret) < minSecret:
		return fmt.Errorf("--cluster-secret needs at least %d characters", minSecret)
	case !several && c.ClusterSecret != "":
		return errors.New("--cluster-secret is set, but --cluster-listen is not")
	case (several || c.NATSURL != "") && !c.IsPostgres():
		return errors.New("several nodes need one PostgreSQL: set --database to postgres://…")
	}
	return nil
}

// logger writes to w as l says.
func (l Logs) logger(w io.Writer) *slog.Logger {
	opts := &slog.HandlerOptions{Level: l.LogLevel}
	if l.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

// secret reports whether the field behind a flag is one, so that it gets a _FILE twin.
func secret(f *kong.Flag) bool { return f.Tag != nil && f.Tag.Has("secret") }

// openGeo reads the places of addresses; a file of the operator's that cannot be read is no reason to guess.
func (n Network) openGeo() (*geo.DB, error) {
	places, err := geo.Open(n.GeoDatabase)
	if err != nil && n.GeoDatabase != "" {
		return nil, fmt.Errorf("--geo-database %s cannot be used: %w", n.GeoDatabase, err)
	}
	return places, err
}

// defaultShutdown is what --shutdown-timeout is when a test builds a Config by hand.
const defaultShutdown = 5 * time.Second

// prepareData makes the data folder and finds out whether it can be written.
func (s Storage) prepareData() error {
	if s.IsPostgres() && s.Data == "" {
		return nil
	}
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return fmt.Errorf("the data folder %s cannot be made: %w (see --data)", s.Data, errors.Unwrap(err))
	}
	f, err := os.CreateTemp(s.Data, ".write-test-*")
	if err != nil {
		return fmt.Errorf("the data folder %s cannot be written: give it to this user, or choose another with --data", s.Data)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
