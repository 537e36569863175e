package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
)

// facadeRow is the http2 module for Node against Node's own: CPU a request of
// client and server together, over a Duplex in memory.
const facadeRow = "Node facade: GET small, 100 in flight"

// facade builds the package for Node and measures it.
func (s *suite) facade() error {
	if !s.wanted(facadeRow) {
		return nil
	}
	dir := filepath.Join(s.dir, "npm", "http2")
	if said, err := exec.Command("go", "run", "framewise/web/build", "npm", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", facadeRow, err, said)
	}
	script, err := exec.Command("go", "list", "-f", "{{.Dir}}", "framewise/e2e/bench").Output()
	if err != nil {
		return fmt.Errorf("%s: %w", facadeRow, err)
	}
	n := max(int(20000*s.scale), 1000)
	out, err := exec.Command("taskset", "-c", measured, "node", filepath.Join(string(script[:len(script)-1]), "node-facade.mjs"),
		dir, strconv.Itoa(s.rounds), strconv.Itoa(n)).Output()
	if err != nil {
		return fmt.Errorf("%s: %w", facadeRow, err)
	}
	var v struct{ Ours, Node float64 }
	if err := json.Unmarshal(out, &v); err != nil {
		return fmt.Errorf("%s: %w: %s", facadeRow, err, out)
	}
	s.table.times(facadeRow, 1, v.Ours, v.Node, 0, "net/http here: Node's own http2; client and server, over a Duplex in memory")
	return nil
}
