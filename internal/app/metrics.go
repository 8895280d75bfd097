package app

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"lodge/internal/platform/store"
)

// metrics are what a portal tells of itself to whoever may ask at its own address. Labels are routes, methods and classes of answers: there are
// as many series as routes, whatever addresses people invent, and none names a person, an organisation or a request.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

func newMetrics(a *App, version string) *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "lodge_request_seconds", Help: "Time that requests took, by route, method and class of the answer.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60}}, []string{"route", "method", "class"})}
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "lodge_info", Help: "1, with the version.", ConstLabels: prometheus.Labels{"version": version}})
	info.Set(1)
	m.registry.MustRegister(m.requests, info, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &waiting{app: a})
	a.Site.Observe = m.observe
	return m
}

// known are the methods that have routes; all others are one series.
var known = map[string]bool{"GET": true, "HEAD": true, "POST": true, "PUT": true, "PATCH": true, "DELETE": true}

func (m *metrics) observe(route, method string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	if !known[method] {
		method = "other"
	}
	m.requests.WithLabelValues(route, method, strconv.Itoa(status/100)+"xx").Observe(took.Seconds())
}

// Metrics is the handler for the address of --metrics, in Prometheus' own format.
func (a *App) Metrics(version string) http.Handler {
	m := newMetrics(a, version)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}

// waiting counts what lies in the queues, when it is asked: never more than a thousand of a kind.
type waiting struct{ app *App }

var waits = prometheus.NewDesc("lodge_waiting", "What waits, by queue; 1000 is a thousand or more.", []string{"queue"}, nil)

func (w *waiting) Describe(to chan<- *prometheus.Desc) { to <- waits }

func (w *waiting) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := w.app.Store.Read(ctx, func(tx *store.Tx) error {
		rows, err := store.Query[struct {
			Queue string
			N     int
		}](tx, countWaiting)
		for _, r := range rows {
			to <- prometheus.MustNewConstMetric(waits, prometheus.GaugeValue, float64(r.N), r.Queue)
		}
		return err
	})
	if err != nil {
		w.app.Config.Log.WarnContext(ctx, "metrics", "error", err)
	}
}

const countWaiting = `
	SELECT 'letters', (SELECT count(*) FROM (SELECT 1 FROM mail WHERE state = 'queued' LIMIT 1000) x)
	UNION ALL SELECT 'events', (SELECT count(*) FROM (SELECT 1 FROM event_new LIMIT 1000) x)
	UNION ALL SELECT 'jobs', (SELECT count(*) FROM (SELECT 1 FROM river_job WHERE CAST(state AS TEXT) IN ('available', 'retryable', 'scheduled') LIMIT 1000) x)
	UNION ALL SELECT 'parked', (SELECT count(*) FROM (SELECT 1 FROM river_job WHERE CAST(state AS TEXT) IN ('discarded', 'cancelled') LIMIT 1000) x)`
