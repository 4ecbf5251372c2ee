package app

import (
	"bufio"
	"net"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are this node's figures, in a registry of its own so that several nodes fit into one test process.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(a *App) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_http_requests_total", Help: "Answered requests by route and status.",
		}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "parley_http_request_seconds", Help: "Time to answer, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, 1, 5},
		}, []string{"route"}),
	}
	m.registry.MustRegister(m.requests, m.seconds,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("parley_hub_connections", "Open connections of visitors and agents.", func() float64 { return float64(a.hub.Stats().Open) }),
		counter("parley_hub_frames_in_total", "Frames that clients have sent.", func() float64 { return float64(a.hub.Stats().FramesIn) }),
		counter("parley_hub_frames_out_total", "Frames that clients were sent.", func() float64 { return float64(a.hub.Stats().FramesOut) }),
		counter("parley_hub_closed_slow_total", "Connections closed because their reader did not keep up.", func() float64 { return float64(a.hub.Stats().TooSlow) }),
		counter("parley_hub_closed_flood_total", "Connections closed because they sent far too much.", func() float64 { return float64(a.hub.Stats().Flood) }),
		counter("parley_bus_events_total", "Events handled, of this node and of others.", func() float64 { return float64(a.bus.Stats().Handled) }),
		counter("parley_bus_gaps_total", "Times that events may have been lost.", func() float64 { return float64(a.bus.Stats().Gaps) }),
		counter("parley_db_transactions_total", "Transactions that were committed.", func() float64 { return float64(a.db.Stats().Transactions) }),
		counter("parley_db_commits_total", "Commits; on SQLite one is for many transactions.", func() float64 { return float64(a.db.Stats().Commits) }),
		gauge("parley_visit_here", "Visitors on the site with a connection to this node.", func() float64 { return float64(a.Visits.Here()) }),
		gauge("parley_bus_nodes", "Other nodes that are alive.", func() float64 { return float64(len(a.bus.Nodes())) }),
	)
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "parley_build_info", Help: "Always 1; the label says which build runs.", ConstLabels: prometheus.Labels{"version": Version()},
	})
	build.Set(1)
	m.registry.MustRegister(build)
	return m
}

func gauge(name, help string, read func() float64) prometheus.GaugeFunc {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read)
}

func counter(name, help string, read func() float64) prometheus.CounterFunc {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, read)
}

// Metrics answers /metrics in Prometheus' format, and /debug/pprof/ with Go's profiles; it belongs on a listener of its own.
func (a *App) Metrics() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// measure counts what next answers. The route is the pattern that matched, never the path: paths are endless.
func (m *metrics) measure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" { // sockets live for hours and are counted by the hub
			next.ServeHTTP(w, r)
			return
		}
		start := time.Now()
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(rec, r)
		route := r.Pattern
		if route == "" {
			route = "none"
		}
		m.requests.WithLabelValues(route, strconv.Itoa(rec.status)).Inc()
		m.seconds.WithLabelValues(route).Observe(time.Since(start).Seconds())
	})
}

// recorder remembers the status and keeps everything else of the writer reachable.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController find the real writer.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// Flush implements http.Flusher.
func (r *recorder) Flush() { _ = http.NewResponseController(r.ResponseWriter).Flush() }

// Hijack implements http.Hijacker.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(r.ResponseWriter).Hijack()
}
