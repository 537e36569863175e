package cli

import (
	"context"
	"net/http"
	"net/netip"

	"framewise/server/relay"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// counts collects what the relay and the share store have done.
type counts struct {
	rel    *relay.Relay
	shares *shares
}

// desc describes a metric of ours.
func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("framewise_"+name, help, labels, nil)
}

var (
	relayOpen    = desc("relay_open", "WebSockets that the relay has open.")
	relayEnded   = desc("relay_connections_total", "Connections that have ended, by what became of them.", "end")
	relayOctets  = desc("relay_octets_total", "Octets that the relay has carried.", "way")
	shareStored  = desc("share_stored", "Shares that are kept.")
	shareOctets  = desc("share_stored_octets", "Octets of the shares that are kept.")
	shareQuota   = desc("share_quota_octets", "Octets that shares may have together.")
	shareAnswers = desc("share_answers_total", "Answers of the share store, by what they said.", "kind")
)

// Describe tells nothing beforehand: which kinds of answers there are shows.
func (c counts) Describe(chan<- *prometheus.Desc) {}

// Collect counts now.
func (c counts) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v int64) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v))
	}
	counter := func(d *prometheus.Desc, v int64, label string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), label)
	}
	s := c.rel.Stats()
	gauge(relayOpen, s.Open)
	counter(relayEnded, s.Carried, "carried")
	counter(relayEnded, s.Failed, "failed")
	counter(relayEnded, s.Refused, "refused")
	counter(relayOctets, s.Up, "up")
	counter(relayOctets, s.Down, "down")
	if c.shares.store == nil {
		return
	}
	if u, err := c.shares.store.Usage(context.Background()); err == nil {
		gauge(shareStored, u.Shares)
		gauge(shareOctets, u.Octets)
		gauge(shareQuota, u.QuotaOctets)
	}
	for kind, n := range c.shares.api.Counts() {
		counter(shareAnswers, n, kind)
	}
}

// metrics answers Prometheus on this machine. A request that came from another
// one, or through a proxy, is told nothing.
func metrics(rel *relay.Relay, s *shares) http.Handler {
	reg := prometheus.NewRegistry()
	reg.MustRegister(counts{rel, s}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	h := promhttp.HandlerFor(reg, promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, err := netip.ParseAddrPort(r.RemoteAddr)
		proxied := r.Header.Get("Forwarded") != "" || r.Header.Get("X-Forwarded-For") != ""
		if err != nil || !from.Addr().Unmap().IsLoopback() || proxied {
			http.Error(w, "metrics are for programs on this machine", http.StatusForbidden)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		h.ServeHTTP(w, r)
	})
}
