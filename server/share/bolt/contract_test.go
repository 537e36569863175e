package bolt

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"framewise/server/share"
)

// contract is testdata/contract.json: what every store of shares must do.
type contract struct {
	Bodies map[string]struct {
		Head   string
		Repeat string // behind Head, Times times
		Times  int
		Gzip   bool
		Cut    int // how many octets are sent; 0: all
	}
	Shops []struct {
		Name    string
		Options struct{ Seconds, Quota, Shares int64 }
		Steps   []step
	}
}

// step is something that is done to a store, and what must come of it. Do is a
// method, for a request, or one of
//
//	age      Seconds pass
//	sweep    Dropped shares have expired
//	restart  the server ends and begins anew over what was stored
//	crowd    Many shares of Body are put at once; Created of them are taken
//	usage    there are so many Shares, and so many Deleted and Expired are remembered
type step struct {
	Say, Do string

	Path    string             // of a request; "": that of Share, or of the API
	Share   string             // the name of a share
	Token   string             // of the share of this name; "cut": a part of one
	Body    string             // the name of a body
	Fields  map[string]*string // further fields; null: without
	Status  int
	Kind    string             // of the refusal
	Is      string             // the name of the body that the answer's content is, inflated
	Headers map[string]*string // of the answer; null: it has none such
	Keep    string             // the name for the share that was made

	Seconds, Dropped, Many, Created int
	Shares, Deleted, Expired        *int64
}

func loadContract(t *testing.T) contract {
	t.Helper()
	b, err := os.ReadFile("../testdata/contract.json")
	if err != nil {
		t.Fatal(err)
	}
	var c contract
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var whole struct {
		About string
		contract
	}
	if err := d.Decode(&whole); err != nil {
		t.Fatal(err)
	}
	c = whole.contract
	return c
}

// body is what is sent, and the record in it.
func (c *contract) body(t *testing.T, name string) (sent, plain []byte) {
	t.Helper()
	b, ok := c.Bodies[name]
	if !ok && name != "" {
		t.Fatalf("the contract has no body %q", name)
	}
	plain = append([]byte(b.Head), bytes.Repeat([]byte(b.Repeat), b.Times)...)
	sent = plain
	if b.Gzip {
		sent = packed(t, plain)
	}
	if b.Cut > 0 {
		sent = sent[:b.Cut]
	}
	return sent, plain
}

// TestContract runs the contract over a file.
func TestContract(t *testing.T) {
	c := loadContract(t)
	steps := 0
	for _, s := range c.Shops {
		t.Run(s.Name, func(t *testing.T) {
			r := &runner{t: t, c: &c, kept: map[string]share.Shared{},
				shop: newShop(t, share.Options{Lifetime: time.Duration(s.Options.Seconds) * time.Second, Quota: s.Options.Quota, Shares: s.Options.Shares})}
			for i, step := range s.Steps {
				r.where = fmt.Sprintf("step %d, %s %s %s", i+1, step.Do, step.Say, step.Body)
				r.step(step)
				steps++
			}
			if err := r.shop.store.Check(); err != nil {
				t.Error(err)
			}
		})
	}
	if steps < 80 {
		t.Errorf("the contract has %d steps only", steps)
	}
}

type runner struct {
	t     *testing.T
	c     *contract
	shop  *shop
	kept  map[string]share.Shared
	where string
}

func (r *runner) step(s step) {
	r.t.Helper()
	switch s.Do {
	case "age":
		r.shop.now = r.shop.now.Add(time.Duration(s.Seconds) * time.Second)
	case "sweep":
		if n, err := r.shop.store.Sweep(r.t.Context(), r.shop.now); n != s.Dropped || err != nil {
			r.t.Errorf("%s: %d were dropped, %v; want %d", r.where, n, err, s.Dropped)
		}
	case "restart":
		r.shop.restart()
	case "crowd":
		r.crowd(s)
	case "usage":
		r.usage(s)
	default:
		r.request(s)
	}
}

func (r *runner) usage(s step) {
	r.t.Helper()
	u, err := r.shop.store.Usage(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range []struct {
		what string
		want *int64
		got  int64
	}{{"shares", s.Shares, u.Shares}, {"deleted", s.Deleted, u.DeletedEver}, {"expired", s.Expired, u.ExpiredEver}} {
		if f.want != nil && *f.want != f.got {
			r.t.Errorf("%s: %s is %d; want %d", r.where, f.what, f.got, *f.want)
		}
	}
}

func (r *runner) crowd(s step) {
	r.t.Helper()
	sent, _ := r.c.body(r.t, s.Body)
	var created atomic.Int64
	var all sync.WaitGroup
	for range s.Many {
		all.Go(func() {
			if res := r.shop.ask("POST", share.Path, sent); res.StatusCode == http.StatusCreated {
				created.Add(1)
			} else if res.StatusCode != http.StatusInsufficientStorage {
				r.t.Errorf("%s: status %d", r.where, res.StatusCode)
			}
		})
	}
	all.Wait()
	if int(created.Load()) != s.Created {
		r.t.Errorf("%s: %d were taken; want %d", r.where, created.Load(), s.Created)
	}
}

func (r *runner) request(s step) {
	r.t.Helper()
	path := s.Path
	switch {
	case s.Share != "":
		path = share.Path + "/" + r.kept[s.Share].ID
	case path == "":
		path = share.Path
	}
	sent, _ := r.c.body(r.t, s.Body)
	var fields []string
	for name, value := range s.Fields {
		v := ""
		if value != nil {
			v = *value
		}
		fields = append(fields, name, v)
	}
	switch {
	case s.Token == "cut":
		fields = append(fields, "Authorization", "Bearer "+strings.Repeat("A", 11))
	case s.Token != "":
		fields = append(fields, "Authorization", "Bearer "+r.kept[s.Token].Token)
	}
	res := r.shop.ask(s.Do, path, sent, fields...)
	content, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	if res.StatusCode != s.Status {
		r.t.Errorf("%s: %d %s; want %d", r.where, res.StatusCode, content, s.Status)
	}
	for name, want := range s.Headers {
		got, has := res.Header[http.CanonicalHeaderKey(name)]
		if has != (want != nil) || has && got[0] != *want {
			r.t.Errorf("%s: %s is %q", r.where, name, got)
		}
	}
	r.content(s, res, content)
}

// content looks at the content of an answer.
func (r *runner) content(s step, res *http.Response, content []byte) {
	r.t.Helper()
	if s.Kind != "" {
		var no share.Refusal
		if err := json.Unmarshal(content, &no); err != nil || no.Kind != s.Kind || no.Message == "" {
			r.t.Errorf("%s: it refuses with %s, want the kind %s and a reason", r.where, content, s.Kind)
		}
	}
	if s.Is != "" {
		if res.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(bytes.NewReader(content))
			if err != nil {
				r.t.Fatalf("%s: %v", r.where, err)
			}
			if content, err = io.ReadAll(z); err != nil {
				r.t.Fatalf("%s: %v", r.where, err)
			}
		}
		if _, want := r.c.body(r.t, s.Is); !bytes.Equal(content, want) {
			r.t.Errorf("%s: %d octets came, and they are not the %d that were put", r.where, len(content), len(want))
		}
	}
	if s.Status == http.StatusCreated {
		var got share.Shared
		err := json.Unmarshal(content, &got)
		_, okID := share.ParseID(got.ID)
		_, okToken := share.ParseToken(got.Token)
		if err != nil || !okID || !okToken || got.Path != "/#share="+got.ID {
			r.t.Errorf("%s: the receipt is %s", r.where, content)
		}
		if s.Keep != "" {
			r.kept[s.Keep] = got
		}
	}
}
