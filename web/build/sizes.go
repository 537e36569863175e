package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// budget is the most that a program may weigh on the wire, compressed with
// brotli, in octets.
type budget struct {
	name string
	most int64
}

// budgets keep the first visit short. Who goes over one finds what can be
// loaded later, or linked out, before raising it.
var budgets = []budget{
	{"app.wasm", 2_200_000},
	{"h2.wasm", 800_000},
	{"h2tls.wasm", 1_800_000},
	{"inspect.wasm", 1_000_000},
	{"convert.wasm", 1_100_000},
	{"unpack.wasm", 740_000},
	{"share.wasm", 1_200_000},
}

// checkSizes prints each program's size beside its budget; the error names
// those that are over.
func checkSizes(out io.Writer, site string, budgets []budget) error {
	octets, err := os.ReadFile(filepath.Join(site, "assets.json"))
	if err != nil {
		return fmt.Errorf("no site to measure (make it with ./build.sh build): %w", err)
	}
	names := map[string]string{}
	if err := json.Unmarshal(octets, &names); err != nil {
		return fmt.Errorf("assets.json: %w", err)
	}
	var over []string
	for _, b := range budgets {
		final, ok := names[b.name]
		if !ok {
			return fmt.Errorf("assets.json names no %s", b.name)
		}
		info, err := os.Stat(filepath.Join(site, final+".br"))
		if err != nil {
			return fmt.Errorf("%s has no brotli copy: %w", b.name, err)
		}
		fmt.Fprintf(out, "%-13s %9d B brotli, budget %9d B, %3d %%\n", b.name, info.Size(), b.most, info.Size()*100/b.most)
		if info.Size() > b.most {
			over = append(over, b.name)
		}
	}
	if over != nil {
		return fmt.Errorf("over budget: %s", strings.Join(over, ", "))
	}
	return nil
}
