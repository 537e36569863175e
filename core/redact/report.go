package redact

import (
	"cmp"
	"slices"
)

// Kind is what an Item of a Report is about.
type Kind string

// The kinds of an Item.
const (
	KindField   Kind = "field"   // values of field lines, by name
	KindName    Kind = "name"    // names of fields that are not known
	KindQuery   Kind = "query"   // queries in :path, and what follows a ";"
	KindData    Kind = "data"    // DATA
	KindPing    Kind = "ping"    // opaque octets of PING
	KindDebug   Kind = "debug"   // debug data of GOAWAY
	KindPadding Kind = "padding" // padding that is not zeros
	KindText    Kind = "text"    // text in other frames, and HTTP/1.1 before an upgrade
	KindHost    Kind = "host"    // names and addresses of other machines, by place
	KindString  Kind = "string"  // strings and comments of the program
	KindConsole Kind = "console" // lines that the program printed
	KindRemark  Kind = "remark"  // title, note, remarks, reasons, by place
	KindEntry   Kind = "entry"   // entries and members of kinds that are not known
	KindUnknown Kind = "unknown" // octets that can't be understood, by reason
)

// Item counts one sort of thing.
type Item struct {
	Kind   Kind   `json:"kind"`
	Name   string `json:"name,omitempty"` // of the field, the place or the reason
	Count  int    `json:"count"`          // how often; an indexed field line counts like a literal one
	Octets int    `json:"octets"`         // of what is meant, decoded
}

// Report says what went and what stayed, for whoever decides whether to share.
// The lists are in order of Kind and Name.
type Report struct {
	Gone []Item `json:"gone"`
	Kept []Item `json:"kept"`
}

// maxNames bounds how many names are counted one by one.
const maxNames = 1000

// OtherNames stands for the names beyond those that are counted one by one.
const OtherNames = "(others)"

type counted struct {
	kind Kind
	name string
}

type counts struct{ went, stayed map[counted]*Item }

func (c *counts) init() {
	c.went, c.stayed = map[counted]*Item{}, map[counted]*Item{}
}

func (c *counts) gone(k Kind, name string, octets int) { add(c.went, k, name, octets) }
func (c *counts) kept(k Kind, name string, octets int) { add(c.stayed, k, name, octets) }

func add(to map[counted]*Item, k Kind, name string, octets int) {
	i := to[counted{k, name}]
	if i == nil {
		if len(to) >= maxNames {
			name = OtherNames
		}
		if i = to[counted{k, name}]; i == nil {
			i = &Item{Kind: k, Name: name}
			to[counted{k, name}] = i
		}
	}
	i.Count++
	i.Octets += octets
}

// Report is what happened so far.
func (r *Redactor) Report() Report {
	return Report{Gone: sorted(r.count.went), Kept: sorted(r.count.stayed)}
}

func sorted(m map[counted]*Item) []Item {
	out := make([]Item, 0, len(m))
	for _, i := range m {
		out = append(out, *i)
	}
	slices.SortFunc(out, func(a, b Item) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// Count is how many things of a kind are in a list, all names together.
func Count(list []Item, k Kind) (n int) {
	for _, i := range list {
		if i.Kind == k {
			n += i.Count
		}
	}
	return n
}
