package inspect

import (
	"strings"

	"framewise/core/frame"
	"framewise/core/inspect/view"
)

// maxOpening is how many frames of a client are looked at for what is typical
// of it: all that matters stands before its first request.
const maxOpening = 1000

// fingerprint is what tells a client from others, up to its first request.
func (c *connection) fingerprint() view.Fingerprint {
	v := view.Fingerprint{Settings: []view.SettingEntry{}, Priorities: []string{}, Pseudo: []string{}, Fields: []string{}}
	d := &c.dirs[client]
	seen := false
	for k := range min(d.rows.len(), maxOpening) {
		r := c.a.rows.at(int(*d.rows.at(k)))
		f := c.raw(r)
		switch r.typ() {
		case frame.Settings:
			if s, err := frame.ParseSettings(f); err == nil && !seen && !f.Flags.Has(frame.FlagAck) {
				seen = true
				for i := range min(s.Len(), maxEntries) {
					e := s.At(i)
					v.Settings = append(v.Settings, view.SettingEntry{ID: int(e.ID), Name: e.ID.String(), Value: e.Value, Ref: settingOf(e.ID).ref})
				}
			}
		case frame.WindowUpdate:
			if n, err := frame.ParseWindowUpdate(f); err == nil && r.id == 0 && v.Window == 0 {
				v.Window = n
			}
		case frame.Priority:
			if p, err := frame.ParsePriority(f); err == nil && len(v.Priorities) < maxEntries {
				v.Priorities = append(v.Priorities, utoa(r.id)+":"+priorityNumbers(p))
			}
		case frame.Headers:
			if r.block == 0 {
				continue
			}
			if h, err := frame.ParseHeaders(f); err == nil && h.HasPriority {
				v.Request = priorityNumbers(h.Priority)
			}
			c.fieldOrder(&v, d.blocks.at(int(r.block-1)))
			v.Known = !c.midway
			v.Text = akamai(&v)
			return v
		}
	}
	v.Text = akamai(&v)
	return v
}

func priorityNumbers(p frame.PriorityParam) string {
	return bit(p.Exclusive) + ":" + utoa(p.StreamDep) + ":" + utoa(uint32(p.Weight)+1)
}

// fieldOrder lists the names of a request's fields in their order.
func (c *connection) fieldOrder(v *view.Fingerprint, b *block) {
	reps, _, _, _ := c.explain(client, b, nil)
	for i := range reps {
		switch r := &reps[i]; {
		case !r.IsField() || len(v.Fields) >= maxFields:
		case strings.HasPrefix(r.Name, ":"):
			v.Pseudo = append(v.Pseudo, clean(r.Name))
		default:
			v.Fields = append(v.Fields, clean(r.Name))
		}
	}
}

// maxFields is how many names of fields a fingerprint lists.
const maxFields = 64

// akamai is the fingerprint in the form that is widely used: SETTINGS in order,
// the first WINDOW_UPDATE of the connection, PRIORITY frames, and the order of
// the pseudo-header fields, by their first letter.
func akamai(v *view.Fingerprint) string {
	var b strings.Builder
	for i, s := range v.Settings {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteString(utoa(uint32(s.ID)) + ":" + utoa(s.Value))
	}
	window := utoa(v.Window)
	if v.Window == 0 {
		window = "00"
	}
	priorities := strings.Join(v.Priorities, ",")
	if priorities == "" {
		priorities = "0"
	}
	letters := make([]string, len(v.Pseudo))
	for i, p := range v.Pseudo {
		if letters[i] = p; len(p) > 1 {
			letters[i] = p[1:2]
		}
		if p == ":protocol" { // not :path
			letters[i] = "pr"
		}
	}
	b.WriteString("|" + window + "|" + priorities + "|" + strings.Join(letters, ","))
	return b.String()
}
