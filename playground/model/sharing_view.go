package model

import (
	"strings"
)

// SharingView is the dialog in which a record becomes a link.
type SharingView struct {
	Open        bool
	Title, Note string
	NoteLabel   string // "Note, shown with frame 12"

	Busy     string // what is done, "": nothing
	Progress int    // thousandths
	Failed   string // why there is nothing to share
	Ready    bool

	Summary string      // what was taken out, in a few words
	Gone    []SharePart // what goes
	Stays   []string    // what stays, a line each
	Keeps   []ShareKeep // fields whose values can stay
	Program bool        // the program is kept
	Notes   bool        // remarks are kept
	Raw     bool        // nothing is taken out
	Asking  bool        // whether that is meant

	Leaves string // before it leaves: how much, and that it can't be taken back

	Link  LinkPart
	Post  PostPart
	Mine  []OwnShare
	Limit []LinkLimit
}

// SharePart is a kind of thing that goes: how much of it, and what stands in its
// place.
type SharePart struct{ What, Count, Example string }

// ShareKeep is a field whose values go, unless somebody keeps them.
type ShareKeep struct {
	Name  string // as in ActShareKeep
	Text  string
	Count string
	On    bool
}

// LinkPart is the way in the link itself.
type LinkPart struct {
	Text    string // how long it is, or why there is none
	Address string // "" when there is none
	Snippet string
	Warn    string
	Stale   bool // it is of what was to be shared before
}

// LinkLimit is a length up to which links are offered.
type LinkLimit struct {
	N    int
	Text string
	On   bool
}

// PostPart is the way over the store.
type PostPart struct {
	Can      bool // there is something to send, and nothing under way
	Sending  bool
	Progress int
	Text     string
	Bad      bool
	Address  string
	Snippet  string
	Share    string // the identifier, for ActShareDelete
}

// OwnShare is one of the visitor's shares.
type OwnShare struct {
	Share, Title, Dates, Wrong string
	Going                      bool
}

// Sharing is the dialog.
func (m Model) Sharing() SharingView {
	s := m.sharing
	if !s.open {
		return SharingView{}
	}
	v := SharingView{Open: true, Title: s.title, Note: s.note, NoteLabel: "Note", Program: s.program, Notes: s.notes, Raw: s.raw, Asking: s.asking}
	if m.selected >= 0 {
		v.NoteLabel = "Note, about frame " + number(m.selected+1)
	}
	v.Limit = s.limits()
	for _, o := range s.mine {
		v.Mine = append(v.Mine, o.view())
	}
	switch s.state {
	case ShareFailed:
		v.Failed = Shown(s.made.Message)
	case ShareCancelled:
		v.Failed = "It was cancelled."
	case ShareDone:
		v.Ready = true
	default:
		v.Busy, v.Progress = "Looking at what would leave…", int(s.done*1000/max(s.total, 1))
	}
	if s.made.State == ShareDone { // of what was to be shared before, until the new is there
		m.taken(&v)
	}
	v.Link = m.linkPart()
	v.Post = m.postPart(v.Failed == "")
	return v
}

// taken says what goes and what stays.
func (m Model) taken(v *SharingView) {
	s := m.sharing
	v.Leaves = "What leaves: " + Octets(s.made.Packed) + " (the record in gzip), title and note as you wrote them"
	if f := m.list.typed; f != "" {
		v.Leaves += ", the filter “" + Shown(f) + "” in the address"
	}
	v.Leaves += ". What has left can’t be called back: whoever has seen it may have kept it."
	if s.made.Broken != "" {
		v.Leaves += " The record ends where it can’t be read on: " + Shown(s.made.Broken) + "."
	}
	r := s.made.Report
	if r == nil {
		v.Summary = "Nothing is taken out: everything in the record leaves as it is, cookies, contents, queries and names of hosts too."
		return
	}
	v.Summary = "Nothing had to be taken out."
	if gone := GoneText(r); gone != "" {
		v.Summary = "Taken out: " + gone + "."
	}
	for _, k := range shareKinds {
		if p := s.part(r.Gone, k.kind, k.one, k.many); p.What != "" {
			v.Gone = append(v.Gone, p)
		}
	}
	v.Keeps = s.keeps(r)
	v.Stays = staying(r)
}

// part is a kind of what went.
func (s sharing) part(list []ShareItem, kind, one, many string) SharePart {
	p := SharePart{}
	n, octets, names := 0, 0, []string{}
	for _, i := range list {
		if i.Kind == kind {
			n, octets = n+i.Count, octets+i.Octets
			if i.Name != "" && kind != "field" {
				names = append(names, Shown(i.Name))
			}
		}
	}
	if n == 0 {
		return p
	}
	p.What, p.Count = plural(n, one, many), Octets(int64(octets))
	if len(names) > 0 {
		p.What += " (" + strings.Join(names[:min(len(names), 6)], ", ") + ")"
	}
	for _, e := range s.made.Examples {
		if e.Kind == kind && p.Example == "" {
			p.Example = Shown(e.Text)
		}
	}
	return p
}

// keeps are the fields whose values go, or would.
func (s sharing) keeps(r *ShareReport) []ShareKeep {
	var out []ShareKeep
	kept := map[string]bool{}
	for _, name := range s.keep {
		kept[name] = true
	}
	for i, list := range [][]ShareItem{r.Gone, r.Kept} {
		for _, item := range list {
			if item.Kind == "field" && item.Name != "" && item.Name[0] != '(' && (i == 0 || kept[item.Name]) {
				out = append(out, ShareKeep{item.Name, Shown(item.Name), Plural(item.Count, "value"), kept[item.Name]})
				delete(kept, item.Name)
			}
		}
	}
	return out
}

// staying says what the record still holds.
func staying(r *ShareReport) []string {
	lines := []string{"Every frame with its time, length, flags, stream, settings, priorities, windows and error codes; the states of tables and streams."}
	var names []string
	more := 0
	for _, i := range r.Kept {
		switch {
		case i.Kind != "field":
		case len(names) < 24:
			names = append(names, Shown(i.Name))
		default:
			more++
		}
	}
	if len(names) > 0 {
		text := "Values of " + strings.Join(names, ", ")
		if more > 0 {
			text += " and " + plural(more, "other field", "other fields")
		}
		lines = append(lines, text+".")
	}
	rest := &ShareReport{}
	for _, i := range r.Kept {
		if i.Kind != "field" {
			rest.Gone = append(rest.Gone, i)
		}
	}
	if text := GoneText(rest); text != "" {
		lines = append(lines, "As they are, because they tell nothing or you keep them: "+text+".")
	}
	return lines
}

func (s sharing) limits() []LinkLimit {
	var out []LinkLimit
	for _, n := range linkMosts {
		out = append(out, LinkLimit{n, number(n), n == s.most})
	}
	return out
}

func (m Model) linkPart() LinkPart {
	s := m.sharing
	switch {
	case s.wrong != "":
		return LinkPart{Text: Shown(s.wrong)}
	case s.text == "" && s.stale:
		return LinkPart{Text: "Writing the link…", Stale: true}
	case s.text == "":
		return LinkPart{Text: "The link would have " + number(s.length) + " characters, more than the " + number(s.most) + " up to which it is offered. Take the short address below, allow longer links, or save the record and send the file."}
	}
	p := LinkPart{Address: m.linkTo(linkTrace, s.text, false), Stale: s.stale}
	p.Snippet = snippet(m.linkTo(linkTrace, s.text, true), strings.TrimSpace(s.title))
	p.Text = number(len(p.Address)) + " characters. The record is in the link itself: nothing is sent anywhere, and it works as long as somebody has the link."
	if len(p.Address) > linkCut {
		p.Warn = "Some chats and mail programs cut links above " + number(linkCut) + " characters; who opens a cut link is told. Long links travel well in documents and in files."
	}
	return p
}

func (m Model) postPart(ready bool) PostPart {
	s := m.sharing
	f := s.post
	p := PostPart{Can: ready && f.state != PostSending && !s.asking}
	switch f.state {
	case PostNone:
		p.Text = "Sends the record to this host, which keeps it for some weeks and gives a short address. Whoever has the address can read it; you can delete it."
		if s.wanted {
			p.Text = "Sent as soon as it is ready…"
		}
	case PostSending:
		p.Sending, p.Progress = true, int(f.done*1000/max(f.total, 1))
		p.Text = "Sending: " + Octets(f.done) + " of " + Octets(f.total)
		if f.done == f.total {
			p.Text = "Sent; the host checks and keeps it…"
		}
	case PostShared:
		p.Text = "Kept here until " + day(f.expires) + ". "
		if m.ownShare(f.share) >= 0 {
			p.Address = m.linkTo(linkShare, f.share, false)
			p.Snippet = snippet(m.linkTo(linkShare, f.share, true), strings.TrimSpace(s.title))
			p.Share = f.share
		}
		if f.of != s.id {
			p.Text += "It is the record as it was before your last change here."
		}
	case PostRefused:
		p.Text, p.Bad = refusedText(f.kind, f.text, f.wait), true
	case PostStopped:
		p.Text = "Stopped. If it had arrived already, nobody knows its address, and it goes by itself."
	}
	return p
}

// day is the date of an RFC 3339 time.
func day(t string) string {
	date, _, _ := strings.Cut(t, "T")
	return Shown(date)
}

func (o ownShare) view() OwnShare {
	v := OwnShare{Share: o.Share, Title: Shown(o.Title), Dates: "shared " + day(o.Made) + ", until " + day(o.Expires), Wrong: o.gone, Going: o.going}
	if v.Title == "" {
		v.Title = "Without a title"
	}
	return v
}
