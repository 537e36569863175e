//go:build race

package leaktest

// The race detector keeps memory of its own for all that was ever in use: then the
// heap is held to its limit, and what the system lent is only printed.
const rssNoise = 1 << 40
