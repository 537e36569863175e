//go:build !race

package sim

// defaultSeeds is how many seeds go test runs when nobody says otherwise.
const defaultSeeds = 5000
