package capture

import "time"

// epoch is RFC 3339's form of a time in nanoseconds since 1970; "" for 0, where
// a file has no times.
func epoch(ns int64) string {
	if ns == 0 {
		return ""
	}
	return time.Unix(ns/1e9, ns%1e9).UTC().Format(time.RFC3339Nano)
}
