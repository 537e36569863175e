package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// serverRow is one kind of work for a server.
type serverRow struct {
	name     string
	bar      float64 // how many times less CPU than net/http's
	n        int     // requests a round
	clients  int
	streams  int // concurrent, each client
	path     string
	upload   string // the file that is sent as content
	tls      bool
	fields   bool // 15 fields in, 30 out
	noNGHTTP bool // nghttpd can't do this
}

var serverRows = []serverRow{
	{name: "GET empty, 1 x 100", bar: 13, n: 60000, clients: 1, streams: 100, path: "empty"},
	{name: "GET empty, 50 x 10", bar: 11, n: 60000, clients: 50, streams: 10, path: "empty"},
	{name: "GET 1 KiB, 10 x 10", bar: 13, n: 40000, clients: 10, streams: 10, path: "1k"},
	{name: "GET 10 MiB", bar: 2.4, n: 100, clients: 1, streams: 1, path: "10m"},
	{name: "POST 1 MiB", bar: 1.2, n: 600, clients: 1, streams: 1, path: "empty", upload: "1m"},
	{name: "GET 15 fields in, 30 out", bar: 9, n: 25000, clients: 10, streams: 10, path: "empty", fields: true, noNGHTTP: true},
	{name: "GET empty over TLS, 50 x 10", bar: 8, n: 100000, clients: 50, streams: 10, path: "empty", tls: true},
	{name: "GET 10 MiB over TLS", bar: 1.4, n: 60, clients: 1, streams: 1, path: "10m", tls: true},
}

// kinds of servers, ours first.
const (
	ours      = "framewise"
	netHTTP   = "net/http"
	nghttpd   = "nghttpd"
	ownFields = 7 // that our server's answer has by itself
	outFields = 30
)

// startServer starts a server of a kind.
func (s *suite) startServer(core, kind string, tls, fields bool) (*process, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	at := "127.0.0.1:" + port
	var args []string
	switch kind {
	case ours:
		args = []string{s.framewise, "origin", "--listen", at, "--dir", s.www()}
		if tls {
			args = append(args, "--cert", s.cert(), "--key", s.key())
		}
		if fields {
			for i := range outFields - ownFields {
				args = append(args, "--header", moreField(i)+": "+moreValue(i))
			}
		}
	case netHTTP:
		args = []string{s.self, "serve", "-listen", at, "-dir", s.www()}
		if tls {
			args = append(args, "-cert", s.cert(), "-key", s.key())
		}
		if fields {
			args = append(args, "-fields")
		}
	case nghttpd:
		args = []string{"nghttpd", "-a", "127.0.0.1", "-d", s.www()}
		if tls {
			args = append(args, port, s.key(), s.cert())
		} else {
			args = append(args, "--no-tls", port)
		}
	}
	return start(core, kind, port, args...)
}

// servers measures the rows of servers.
func (s *suite) servers() error {
	for i := range serverRows {
		r := &serverRows[i]
		if !s.wanted(r.name) {
			continue
		}
		if err := s.serverRow(r); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	return nil
}

func (s *suite) serverRow(r *serverRow) error {
	kinds := []string{ours, netHTTP, nghttpd}
	if r.noNGHTTP {
		kinds = kinds[:2]
	}
	var procs []*process
	defer func() {
		for _, p := range procs {
			p.stop()
		}
	}()
	for _, k := range kinds {
		p, err := s.startServer(measured, k, r.tls, r.fields)
		if err != nil {
			return err
		}
		procs = append(procs, p)
	}
	n := max(int(float64(r.n)*s.scale), r.clients*r.streams)
	cost := map[string][]float64{}
	rate := map[string][]float64{}
	for round := range s.rounds + 1 {
		for _, p := range procs {
			before, err := p.cpu()
			if err != nil {
				return err
			}
			perSecond, err := s.h2load(r, p.port, n)
			if err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			after, err := p.cpu()
			if err != nil {
				return err
			}
			if round == 0 {
				continue // it warms up
			}
			cost[p.name] = append(cost[p.name], float64(after-before)/float64(n))
			rate[p.name] = append(rate[p.name], perSecond)
		}
	}
	rss, err := procs[0].rss()
	if err != nil {
		return err
	}
	s.table.times(r.name, r.bar, median(cost[ours]), median(cost[netHTTP]), median(cost[nghttpd]),
		fmt.Sprintf("%.0f/s, net/http %.0f/s, RSS %.0f MiB", median(rate[ours]), median(rate[netHTTP]), float64(rss)/(1<<20)))
	return nil
}

var finishedLine = regexp.MustCompile(`finished in [^,]*, ([0-9.]+) req/s`)
var succeededLine = regexp.MustCompile(`requests: .* ([0-9]+) succeeded`)

// h2load makes n requests and returns how many were answered a second.
func (s *suite) h2load(r *serverRow, port string, n int) (float64, error) {
	scheme := "http"
	if r.tls {
		scheme = "https"
	}
	args := []string{"-c", peer, "h2load", "-n", strconv.Itoa(n), "-c", strconv.Itoa(r.clients), "-m", strconv.Itoa(r.streams)}
	if r.upload != "" {
		args = append(args, "-d", filepath.Join(s.www(), r.upload))
	}
	if r.fields {
		for i := range 10 { // h2load has five of its own
			args = append(args, "-H", moreField(i)+": "+moreValue(i))
		}
	}
	out, err := exec.Command("taskset", append(args, scheme+"://127.0.0.1:"+port+"/"+r.path)...).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("h2load: %w: %s", err, out)
	}
	finished, succeeded := finishedLine.FindSubmatch(out), succeededLine.FindSubmatch(out)
	if finished == nil || succeeded == nil || string(succeeded[1]) != strconv.Itoa(n) {
		return 0, fmt.Errorf("h2load did not get %d good answers: %s", n, out)
	}
	return strconv.ParseFloat(string(finished[1]), 64)
}

// moreField and moreValue are fields as requests and responses have them.
func moreField(i int) string { return "x-field-" + strconv.Itoa(i) }

func moreValue(i int) string { return "the value of field " + strconv.Itoa(i) }

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
