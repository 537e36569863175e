//go:build race

package sim

// defaultSeeds is fewer under the race detector, which makes each ten times as
// long: ./build.sh test runs 5,000 without it beside.
const defaultSeeds = 500
