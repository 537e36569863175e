package gate

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestGate(t *testing.T) {
	g := Gate{Origins: []string{"http://127.0.0.1:8420", "https://page.example"}, Hosts: []string{"127.0.0.1:8420", "page.example"}}
	const none = "-"
	tests := []struct {
		host, origin, site string
		write, read        bool
	}{
		{"127.0.0.1:8420", "http://127.0.0.1:8420", "", true, true},
		{"PAGE.example", "https://page.example", "same-origin", true, true},
		{"127.0.0.1:8420", none, "", false, true},
		{"127.0.0.1:8420", none, "same-origin", false, true},
		{"127.0.0.1:8420", none, "none", false, true},
		{"127.0.0.1:8420", none, "cross-site", false, false},
		{"127.0.0.1:8420", none, "same-site", false, false},
		{"127.0.0.1:8420", "null", "", false, false},
		{"127.0.0.1:8420", "", "", false, false},
		{"127.0.0.1:8420", "http://127.0.0.1:8421", "", false, false},
		{"127.0.0.1:8420", "https://127.0.0.1:8420", "", false, false},
		{"127.0.0.1:8420", "http://127.0.0.1:8420.evil.example", "", false, false},
		{"127.0.0.1:8420", "http://127.0.0.1:8420/", "", false, false},
		{"127.0.0.1", "http://127.0.0.1:8420", "", false, false},
		{"evil.example", "http://127.0.0.1:8420", "", false, false},
		{"evil.example", none, "", false, false},
		{"", "http://127.0.0.1:8420", "", false, false},
	}
	for _, tt := range tests {
		r := httptest.NewRequest(http.MethodGet, "http://x/", nil)
		r.Host = tt.host
		if tt.origin != none {
			r.Header["Origin"] = []string{tt.origin}
		}
		if tt.site != "" {
			r.Header.Set("Sec-Fetch-Site", tt.site)
		}
		for _, c := range []struct {
			what  string
			want  bool
			check func(*http.Request, string) (int, string)
		}{{"write", tt.write, g.Write}, {"read", tt.read, g.Read}} {
			if status, why := c.check(r, "thing"); (status == 0) != c.want || status != 0 && (status != http.StatusForbidden || why == "") {
				t.Errorf("%s with Host %q, Origin %q, site %q: %d %s", c.what, tt.host, tt.origin, tt.site, status, why)
			}
		}
	}
	r := httptest.NewRequest(http.MethodGet, "http://x/", nil)
	r.Host = "page.example"
	r.Header["Origin"] = []string{"https://page.example", "https://page.example"}
	if status, _ := g.Read(r, "thing"); status == 0 {
		t.Error("two Origins pass")
	}
}

func TestRate(t *testing.T) {
	r := NewRate(3)
	now := time.Unix(1000, 0)
	for i := range 3 {
		if wait := r.Take("a", now); wait != 0 {
			t.Fatalf("number %d waits %s", i+1, wait)
		}
	}
	if wait := r.Take("a", now); wait != 20*time.Second {
		t.Errorf("the fourth waits %s; want 20 s", wait)
	}
	if wait := r.Take("b", now); wait != 0 {
		t.Errorf("another waits %s", wait)
	}
	if wait := r.Take("a", now.Add(20*time.Second)); wait != 0 {
		t.Errorf("after 20 s: %s", wait)
	}
	if wait := r.Take("a", now.Add(21*time.Second)); wait != 19*time.Second {
		t.Errorf("a second later: %s; want 19 s", wait)
	}
	r.Take("c", now.Add(10*time.Minute))
	if len(r.by) != 1 {
		t.Errorf("%d are remembered after ten minutes; want 1", len(r.by))
	}
}
