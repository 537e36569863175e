//go:build !race

package leaktest

// rssNoise is how much more the system may have lent after a hundred faults.
const rssNoise = 12 << 20
