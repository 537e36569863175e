package site

import (
	"strconv"
	"strings"
)

// codings orders the codings that files are kept in by what Accept-Encoding
// says (RFC 9110, section 12.5.3), best first; "" stands for identity. Equal
// weights go to the smaller copy. The list is empty when all are excluded.
func codings(fields []string) []string {
	weights := map[string]int{}
	for _, field := range fields {
		for _, part := range strings.Split(field, ",") {
			name, weight := codingWeight(part)
			if name != "" {
				weights[name] = weight
			}
		}
	}
	rest, starred := weights["*"]
	weight := func(name string, absent int) int {
		if w, ok := weights[name]; ok {
			return w
		}
		if starred {
			return rest
		}
		return absent
	}
	// A client that says nothing of identity takes it, but likes every coding
	// that it names better; only *;q=0 excludes it unnamed.
	identity := 1
	if w, ok := weights["identity"]; ok {
		identity = w
	} else if starred && rest == 0 {
		identity = 0
	}
	order := []struct {
		coding string
		weight int
	}{{"br", weight("br", 0)}, {"gzip", weight("gzip", 0)}, {"", identity}}
	var out []string
	for w := 1000; w > 0; w-- {
		for _, o := range order {
			if o.weight == w {
				out = append(out, o.coding)
			}
		}
	}
	return out
}

// codingWeight reads one element, "gzip;q=0.5", as a name in lower case and a
// weight in thousandths. A weight that is none counts as 0: the element is
// ignored rather than preferred.
func codingWeight(part string) (string, int) {
	name, params, _ := strings.Cut(part, ";")
	name = strings.ToLower(strings.TrimSpace(name))
	weight := 1000
	for _, param := range strings.Split(params, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if strings.EqualFold(key, "q") {
			q, err := strconv.ParseFloat(value, 64)
			if err != nil || !(q >= 0 && q <= 1) {
				q = 0
			}
			weight = int(q*1000 + 0.5)
		}
	}
	return name, weight
}
