package model

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// sharing is the dialog in which a record becomes a link.
type sharing struct {
	open    bool
	typed   bool   // title or note are somebody's, of this dialog
	title   string // above the record
	note    string // about the selected frame
	keep    []string
	program bool
	notes   bool
	raw     bool // nothing is taken out
	asking  bool // ... which somebody asked for, and has not confirmed

	id    int // of the StartShare that is newest; its preview is what is shared
	state ShareState
	done  int64
	total int64
	made  ShareTold // of a preview that is ready
	asked shareWish

	most   int // characters of a link that is offered
	length int // of its record
	text   string
	wrong  string // why there is none
	linkID int    // the WriteLink that is awaited, 0: none
	stale  bool   // text is of what was to be shared before
	copies string // what is copied as soon as it is not

	post   posting
	wanted bool // a short address is wanted as soon as the preview is ready
	mine   []ownShare
	page   string
}

// The actions of the dialog.
const (
	ActSharing       Action = "sharing"         // opens or closes it
	ActShareKeep     Action = "share-keep"      // Arg: name of a field whose values stay, or no longer
	ActShareProgram  Action = "share-program"   // the program stays, or not
	ActShareNotes    Action = "share-notes"     // remarks stay, or not
	ActShareRaw      Action = "share-raw"       // nothing is taken out: N 1 asks, 2 does, 0 takes it back
	ActShareMost     Action = "share-most"      // N: characters of a link that is offered
	ActSharePost     Action = "share-post"      // asks the store for a short address
	ActSharePostStop Action = "share-post-stop" //
	ActShareCopy     Action = "share-copy"      // Arg: one of CopyLink…, or the identifier of one of the visitor's shares
	ActShareDelete   Action = "share-delete"    // Arg: identifier of one of the visitor's shares
)

// What ActShareCopy copies.
const (
	CopyLink         = "link"
	CopyLinkEmbed    = "link-embed"
	CopyAddress      = "address"
	CopyAddressEmbed = "address-embed"
)

// SettingLinkMost keeps up to which size links are offered.
const SettingLinkMost = "link-most"

// Lengths of links: what is offered unless somebody chooses otherwise, what can be
// chosen, and what programs for chats and mail are known to cut.
const (
	usualLinkMost = 32_000
	linkCut       = 2_000
)

var linkMosts = []int{8_000, usualLinkMost, 128_000, 1_000_000}

// SharingEdited is new text in the dialog's field "title" or "note".
type SharingEdited struct{ Field, Text string }

// SharingLeft says that somebody is done with a field of the dialog.
type SharingLeft struct{}

// WriteLink asks for the record that StartShare made, as the text of a link of at
// most so many characters; LinkWritten answers.
type WriteLink struct{ ID, Share, Most int }

// LinkWritten is a record as the text of a link: its length, and the text if it is
// not too long. Message is a sentence: why there is none.
type LinkWritten struct {
	ID      int
	Length  int
	Text    string
	Message string
}

func (SharingEdited) msg()  {}
func (SharingLeft) msg()    {}
func (LinkWritten) msg()    {}
func (WriteLink) effect()   {}
func (PostShare) effect()   {}
func (StopPost) effect()    {}
func (RemoveShare) effect() {}
func (ShareSent) msg()      {}
func (ShareRemoved) msg()   {}

// Bounds of what somebody writes above a record, in characters.
const (
	maxTitle     = 200
	maxShareNote = 4000
)

// Identifiers of the dialog's elements.
const (
	IDSharing     = "share-open"
	IDShareTitle  = "share-title"
	IDShareNote   = "share-note"
	IDShareAsk    = "share-ask"
	IDSharePosted = "share-posted"
)

func restoreSharing(f Flags) sharing {
	s := sharing{most: usualLinkMost, page: f.Page, mine: restoreShares(f)}
	if n, err := strconv.Atoi(f.Settings[SettingLinkMost]); err == nil && slices.Contains(linkMosts, n) {
		s.most = n
	}
	return s
}

func (m Model) sharingClick(c Click) (Model, []Effect) {
	s := &m.sharing
	switch c.What {
	case ActSharing:
		if s.open {
			return m.closeSharing()
		}
		return m.openSharing()
	case ActShareCopy:
		if (c.Arg == CopyLink || c.Arg == CopyLinkEmbed) && s.stale {
			s.copies = c.Arg // whoever has just left a field wants the link with it
			return m, nil
		}
		return m, m.shareCopies(c.Arg)
	case ActShareDelete:
		return m.deleteShare(c.Arg)
	case ActSharePostStop:
		s.wanted = false
		return m, []Effect{StopPost{s.post.id}}
	case ActSharePost:
		return m.wantAddress()
	case ActShareMost:
		if !slices.Contains(linkMosts, c.N) {
			return m, nil
		}
		s.most = c.N
		m, effects := m.writeLink()
		return m, append(effects, SaveSetting{SettingLinkMost, strconv.Itoa(c.N)})
	case ActShareKeep:
		if i := slices.Index(s.keep, c.Arg); i >= 0 {
			s.keep = slices.Delete(slices.Clone(s.keep), i, i+1)
		} else {
			s.keep = append(slices.Clone(s.keep), c.Arg)
		}
	case ActShareProgram:
		s.program = !s.program
	case ActShareNotes:
		s.notes = !s.notes
	case ActShareRaw:
		s.asking = c.N == 1
		if c.N == 1 {
			return m, []Effect{Focus{IDShareAsk}}
		}
		s.raw = c.N == 2
	}
	return m.preview()
}

// openSharing shows the dialog and begins with what would leave.
func (m Model) openSharing() (Model, []Effect) {
	if !m.known || m.summary.Frames == 0 {
		m.notice = notice{text: "There is nothing to share yet: no frame has come."}
		return m, nil
	}
	if m.file.shown() && m.file.goesOn() {
		m.notice = notice{text: "The record is still being read. Share it when it is whole."}
		return m, nil
	}
	s := &m.sharing
	s.open, s.raw, s.asking, s.post, s.wanted = true, false, false, posting{}, false
	s.keep, s.program, s.notes = nil, false, false
	if !s.typed {
		s.title, s.note = m.ownTitle(), ""
		if m.file.shown() && m.file.link.kind != "" { // both were meant for others
			s.note = m.summary.Note
		}
	}
	m.menu, m.export.menu, m.notice = false, false, notice{}
	m.pause()
	m, effects := m.preview()
	return m, append(effects, Focus{IDShareTitle})
}

// ownTitle is the record's title where it tells nothing that is somebody's: that
// of an example, or of a record that was shared.
func (m Model) ownTitle() string {
	if m.file.shown() && m.file.link.kind != "" || m.record == 0 && !m.file.shown() && m.run.Mode == ModeBrowser && m.program.stranger.from == "" {
		return m.summary.Title
	}
	return m.exampleTitle()
}

func (m Model) closeSharing() (Model, []Effect) {
	s := &m.sharing
	effects := []Effect{CancelShare{s.id}, DropShare{s.id}, Focus{IDSharing}}
	if s.post.state == PostSending {
		effects = append([]Effect{StopPost{s.post.id}}, effects...)
	}
	s.open, s.id, s.linkID, s.made, s.text, s.length, s.wrong, s.stale, s.copies = false, 0, 0, ShareTold{}, "", 0, "", true, ""
	return m, effects
}

// preview makes what would be shared, if it is not what was made last.
func (m Model) preview() (Model, []Effect) {
	s := &m.sharing
	if !s.open {
		return m, nil
	}
	e := m.shareRequest()
	if e == s.asked && s.id != 0 && s.state != ShareFailed && s.state != ShareCancelled {
		return m, nil
	}
	effects := []Effect{}
	if s.id != 0 {
		effects = append(effects, CancelShare{s.id}, DropShare{s.id})
	}
	if was := s.asked; was.Fields != e.Fields || was.Program != e.Program || was.Notes != e.Notes || was.raw != e.raw {
		s.text, s.length, s.wrong = "", 0, "" // nobody copies what shall not leave any more
	}
	s.asked = e
	m.serial++
	s.id, s.state, s.done, s.total = m.serial, ShareLoading, 0, 0
	s.linkID, s.stale = 0, true
	start := StartShare{ID: s.id, What: SharePreview, Record: m.record, Redact: !s.raw, Fields: e.Fields, Program: e.Program, Notes: e.Notes,
		Own: true, Title: e.Title, Note: e.Note, Marks: m.shareMarks()}
	return m, append(effects, start)
}

// shareRequest is what is to be shared, without its marks, so that it compares.
func (m Model) shareRequest() shareWish {
	s := m.sharing
	keep := slices.Clone(s.keep)
	slices.Sort(keep)
	return shareWish{strings.Join(keep, ","), s.program, s.notes, s.raw, strings.TrimSpace(s.title), strings.TrimSpace(s.note), m.selected, m.record}
}

// shareWish is what a preview was made for.
type shareWish struct {
	Fields         string
	Program, Notes bool
	raw            bool
	Title, Note    string
	frame, record  int
}

// shareMarks are the bookmarks that go along: those of the record, and one at the
// frame that the note is about, so that a saved file has its place too.
func (m Model) shareMarks() []Bookmark {
	var list []Bookmark
	if m.record == 0 {
		list = m.book.list
	}
	if strings.TrimSpace(m.sharing.note) != "" && m.selected >= 0 {
		list = soundMarks(append(slices.Clone(list), Bookmark{Frame: m.selected}))
	}
	return list
}

func (m Model) sharingTold(t ShareTold) (Model, []Effect) {
	s := &m.sharing
	s.state, s.done, s.total = t.State, t.Done, t.Total
	switch t.State {
	case ShareDone:
		s.made = t
		m, effects := m.writeLink()
		m, more := m.postWanted()
		return m, append(effects, more...)
	case ShareFailed, ShareCancelled:
		s.made, s.wanted = t, false
	}
	return m, nil
}

// writeLink asks for the link's text.
func (m Model) writeLink() (Model, []Effect) {
	s := &m.sharing
	if !s.open || s.state != ShareDone {
		return m, nil
	}
	m.serial++
	s.linkID, s.stale = m.serial, true
	return m, []Effect{WriteLink{s.linkID, s.id, s.most}}
}

func (m Model) sharingMsg(msg Msg) (Model, []Effect) {
	s := &m.sharing
	switch msg := msg.(type) {
	case SharingEdited:
		s.typed = true
		if msg.Field == "title" {
			s.title = cut(strings.ReplaceAll(msg.Text, "\n", " "), maxTitle)
		} else {
			s.note = cut(msg.Text, maxShareNote)
		}
	case SharingLeft:
		return m.preview()
	case LinkWritten:
		if msg.ID != s.linkID || s.linkID == 0 {
			return m, nil
		}
		s.linkID, s.stale, s.text, s.length, s.wrong = 0, false, msg.Text, msg.Length, msg.Message
		what := s.copies
		s.copies = ""
		if what != "" && s.text != "" {
			return m, m.shareCopies(what)
		}
	case ShareSent:
		return m.shareSent(msg)
	case ShareRemoved:
		return m.shareRemoved(msg)
	}
	return m, nil
}

// shareState is what a link says beside the record: where whoever shared it was.
// Bookmarks are in the record, redacted with it.
func (m Model) shareState() url.Values {
	v, err := url.ParseQuery(m.viewState().Encode())
	if err != nil {
		v = url.Values{}
	}
	v.Del("theme") // theirs, as the left column is
	v.Del("side")
	if m.selected >= 0 {
		v.Set("frame", strconv.Itoa(m.selected+1))
		if strings.TrimSpace(m.sharing.note) != "" {
			v.Set("note", strconv.Itoa(m.selected+1))
		}
	}
	return v
}

// linkTo is the page's address with a record, whole or to be embedded.
func (m Model) linkTo(kind, text string, embed bool) string {
	page := m.sharing.page
	if embed {
		page += "?embed=1"
	}
	return page + "#" + link{kind: kind, text: text, note: -1}.at(m.shareState())
}

// snippet is what makes a page show the record as a part of it.
func snippet(address, title string) string {
	if title == "" {
		title = "An HTTP/2 session"
	}
	safe := strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;", ">", "&gt;")
	return `<iframe src="` + safe.Replace(address) + `" title="` + safe.Replace(title) + `" width="100%" height="480" loading="lazy"></iframe>`
}

// shareCopies copies what was made, or the address of one of the visitor's shares.
func (m Model) shareCopies(what string) []Effect {
	s := m.sharing
	if s.text == "" && (what == CopyLink || what == CopyLinkEmbed) {
		return nil
	}
	switch what {
	case CopyLink:
		return []Effect{Copy{m.linkTo(linkTrace, s.text, false), "the link"}}
	case CopyLinkEmbed:
		return []Effect{Copy{snippet(m.linkTo(linkTrace, s.text, true), s.title), "what shows the record in another page"}}
	case CopyAddress:
		return []Effect{Copy{m.linkTo(linkShare, s.post.share, false), "the address"}}
	case CopyAddressEmbed:
		return []Effect{Copy{snippet(m.linkTo(linkShare, s.post.share, true), s.title), "what shows the record in another page"}}
	}
	for _, o := range s.mine {
		if o.Share == what {
			return []Effect{Copy{m.sharing.page + "#" + o.State + linkShare + "=" + o.Share, "the address"}}
		}
	}
	return nil
}
