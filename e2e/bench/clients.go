package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strconv"
)

// clientRow is one kind of work for a client, against the same server.
type clientRow struct {
	name    string
	bar     float64 // how many times less CPU than x/net's client
	n       int
	streams int
	path    string
	fields  bool
}

var clientRows = []clientRow{
	{name: "client: GET empty, 1 x 100", bar: 7, n: 40000, streams: 100, path: "empty"},
	{name: "client: GET 1 KiB, 1 x 100", bar: 6, n: 40000, streams: 100, path: "1k"},
	{name: "client: GET 10 MiB", bar: 5, n: 100, streams: 1, path: "10m"},
	{name: "client: GET 15 fields out, 30 in, 1 x 100", bar: 5, n: 20000, streams: 100, path: "empty", fields: true},
}

// clients measures our client against x/net's. The server is nghttpd, and ours
// where it needs the fields.
func (s *suite) clients() error {
	for i := range clientRows {
		if r := &clientRows[i]; s.wanted(r.name) {
			if err := s.clientRow(r); err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
		}
	}
	return nil
}

func (s *suite) clientRow(r *clientRow) error {
	kind := nghttpd
	if r.fields {
		kind = ours
	}
	p, err := s.startServer(peer, kind, false, r.fields)
	if err != nil {
		return err
	}
	defer p.stop()
	n := max(int(float64(r.n)*s.scale), r.streams)
	cost := map[string][]float64{}
	for round := range s.rounds + 1 {
		for _, kind := range []string{ours, "x/net"} {
			v, err := s.runClient(r, kind, p.port, n)
			if err != nil {
				return fmt.Errorf("%s: %w", kind, err)
			}
			if round > 0 {
				cost[kind] = append(cost[kind], v)
			}
		}
	}
	s.table.times(r.name, r.bar, median(cost[ours]), median(cost["x/net"]), 0, "net/http here: x/net's client; server "+kind)
	return nil
}

// runClient runs one of the two clients and returns CPU nanoseconds a request.
func (s *suite) runClient(r *clientRow, kind, port string, n int) (float64, error) {
	args := []string{"-c", measured, s.self, "load", "-client", kind, "-port", port, "-n", strconv.Itoa(n), "-streams", strconv.Itoa(r.streams), "-path", "/" + r.path}
	if r.fields {
		args = append(args, "-fields")
	}
	out, err := exec.Command("taskset", args...).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, out)
	}
	var v loadResult
	if err := json.Unmarshal(out, &v); err != nil {
		return 0, fmt.Errorf("%w: %s", err, out)
	}
	if want := int64(n) * int64(fileSizes[r.path]); v.Requests != n || v.Octets != want {
		return 0, fmt.Errorf("%d answers with %d octets of content, it should be %d with %d", v.Requests, v.Octets, n, want)
	}
	return float64(v.CPU) / float64(n), nil
}
