package model

import (
	"strings"
	"testing"
)

const someShare = "AAAAAAAAAAAAAAAAAAAAAA"

// linked opens the page at a link whose record is the one of push.
func linkedPage(t *testing.T, fragment string, change func(*Flags)) *desk {
	t.Helper()
	f := flags()
	f.Fragment, f.Page, f.Now = fragment, "http://127.0.0.1:8420/", "2030-01-02T00:00:00Z"
	if change != nil {
		change(&f)
	}
	d := &desk{t: t, r: push(t)}
	d.r.Summary.Title, d.r.Summary.Note, d.r.Summary.Program = "a look\u202e", "first\nsecond\u0007", "theirs"
	m, effects := New(f)
	d.m = m
	d.take(effects)
	d.send(Scrolled{0, 600})
	return d
}

// arrives is the link's record.
func (d *desk) arrives() {
	d.t.Helper()
	open := must[OpenLink](d)
	d.send(FileRead{ID: open.ID, State: FileBegun})
	d.send(RecordBegan{})
	d.send(SummaryChanged{d.r.Summary})
	d.send(FileRead{ID: open.ID, State: FileDone, Read: 900})
}

func TestLinkOpens(t *testing.T) {
	for _, kind := range []string{"share=" + someShare, "trace=1.4.abc_"} {
		d := linkedPage(t, "frame=3&view=frames&filter=type%3AHEADERS&note=3&example=other&"+kind, nil)
		if _, ran := last[RunProgram](d); ran {
			t.Fatal("a program runs before anybody has asked")
		}
		if got := d.m.Fragment(); !strings.HasSuffix(got, "&"+kind) || !strings.Contains(got, "frame=3") || strings.Contains(got, "example") {
			t.Errorf("while it is fetched the address is %q", got)
		}
		d.arrives()
		d.at(3)
		v := d.m.File()
		if v.Title != `a look\u{202e}` || strings.Join(v.Remark.Lines, "|") != `first|second\u{7}` || v.Remark.Frame != 2 || v.Remark.Label != "Frame 3" {
			t.Errorf("%+v", v)
		}
		if d.m.ProgramText() != "theirs" || d.m.Stranger().Note == "" {
			t.Error("its program is not shown as somebody else's")
		}
		if _, kept := last[SaveSetting](d); kept {
			t.Error("the visitor's own program was overwritten in the browser")
		}
		if got := d.m.Fragment(); got != "filter=type%3AHEADERS&frame=3&note=3&view=frames&"+kind {
			t.Errorf("the address is %q", got)
		}
		d.click(ActRun, "", 0)
		if _, ran := last[RunProgram](d); ran || !d.m.Stranger().Open {
			t.Fatal("the program runs without a question")
		}
		d.click(ActAllow, "", 0)
		if run := must[RunProgram](d); !run.Sealed || run.Program != "theirs" {
			t.Errorf("%+v", run)
		}
		if got := must[PushURL](d).Fragment; strings.Contains(got, kind) {
			t.Errorf("another session, and the address is %q", got)
		}
		back := "frame=3&note=3&" + kind
		d.send(AddressChanged{back})
		if again := must[OpenLink](d); again.ID == 0 || d.m.linked().kind == "" || again.After != d.m.run.Serial {
			t.Errorf("going back does not open the link again: %+v", again)
		}
	}
}

// TestLinkKeepsOwnProgram: what somebody has written stays in the editor.
func TestLinkKeepsOwnProgram(t *testing.T) {
	d := linkedPage(t, "share="+someShare, func(f *Flags) { f.Settings[SettingProgram] = "mine" })
	d.arrives()
	if d.m.ProgramText() != "mine" || !d.m.File().Program {
		t.Errorf("the editor holds %q", d.m.ProgramText())
	}
}

// TestLinkProgramEdited: whose program it was goes with what somebody made of it.
func TestLinkProgramEdited(t *testing.T) {
	d := linkedPage(t, "share="+someShare, nil)
	d.arrives()
	d.send(Edited{"theirs, changed"})
	kept := map[string]string{}
	for _, e := range d.done {
		if e, ok := e.(SaveSetting); ok {
			kept[e.Key] = e.Value
		}
	}
	if kept[SettingProgram] != "theirs, changed" || !strings.Contains(kept[SettingStranger], "a look") {
		t.Errorf("%v", kept)
	}
}

func TestLinkRefused(t *testing.T) {
	d := linkedPage(t, "share="+someShare, nil)
	first := must[OpenLink](d)
	d.send(FileRead{ID: first.ID, State: FileRefused, Text: "The share has expired."})
	v := d.m.File()
	if !v.Bad || !v.Retry || v.Text != "The share has expired." || d.m.List().Empty == "" {
		t.Errorf("%+v, the list says %q", v, d.m.List().Empty)
	}
	if d.m.Fragment() != "share="+someShare {
		t.Errorf("a reload could not try again: %q", d.m.Fragment())
	}
	d.click(ActReopen, "", 0)
	if again := must[OpenLink](d); again.ID == first.ID || d.m.File().Retry {
		t.Error("Try again does not")
	}
	d.send(FileRead{ID: must[OpenLink](d).ID, State: FileRefused, Text: "No."})
	d.click(ActRun, "", 0)
	must[RunProgram](d)
	if d.m.Fragment() != "" || d.m.File().State != FileNone {
		t.Errorf("after another session: %q, %+v", d.m.Fragment(), d.m.File())
	}
}

// TestLinkBesideSession: a link that can't be opened leaves the session alone.
func TestLinkBesideSession(t *testing.T) {
	d := open(t, flags(), push(t))
	d.send(AddressChanged{"share=" + someShare})
	id := must[OpenLink](d).ID
	frames := d.m.summary.Frames
	d.send(FileRead{ID: id, State: FileRefused, Text: "No."})
	if d.m.summary.Frames != frames || !d.m.File().Bad || strings.Contains(d.m.Fragment(), "share=") {
		t.Errorf("%+v, address %q", d.m.File(), d.m.Fragment())
	}
}

// sharing is a page whose dialog is open and has its preview.
func sharingPage(t *testing.T) *desk {
	f := flags()
	f.Page = "https://frames.example/x/"
	d := open(t, f, push(t))
	d.click(ActSelect, "", 4)
	d.send(FilterEdited{"stream:1"})
	d.key("l")
	return d
}

func (d *desk) previewed() StartShare {
	e := must[StartShare](d)
	d.send(ShareTold{ID: e.ID, State: ShareDone, Plain: 5000, Packed: 900,
		Report:   &ShareReport{Gone: []ShareItem{{"data", "", 2, 900}, {"field", "cookie", 1, 8}, {"field", "(unknown)", 3, 9}}, Kept: []ShareItem{{"field", ":status", 4, 12}}},
		Examples: []ShareExample{{"data", "", "xxx"}}})
	return e
}

func TestShareInLink(t *testing.T) {
	d := sharingPage(t)
	if d.m.Sharing().Busy == "" || !d.m.Header().Modal {
		t.Error("the dialog does not say that it looks at the record")
	}
	e := d.previewed()
	if e.What != SharePreview || !e.Redact || e.Program || e.Notes || e.Fields != "" || !e.Own || e.Title != examples[0].Title || e.Note != "" {
		t.Errorf("%+v", e)
	}
	w := must[WriteLink](d)
	if w.Share != e.ID || w.Most != usualLinkMost {
		t.Errorf("%+v", w)
	}
	d.send(LinkWritten{ID: w.ID, Length: 7, Text: "1.3.abc"})
	v := d.m.Sharing()
	if want := "https://frames.example/x/#filter=stream%3A1&frame=5&trace=1.3.abc"; v.Link.Address != want || v.Link.Warn != "" {
		t.Errorf("%q, want %q", v.Link.Address, want)
	}
	if want := `<iframe src="https://frames.example/x/?embed=1#filter=stream%3A1&amp;frame=5&amp;trace=1.3.abc" title="server push"`; !strings.HasPrefix(v.Link.Snippet, want) {
		t.Error(v.Link.Snippet)
	}
	if len(v.Gone) != 2 || v.Gone[1].Example != "xxx" || len(v.Keeps) != 1 || v.Keeps[0].Name != "cookie" || !strings.Contains(v.Leaves, "stream:1") {
		t.Errorf("%+v", v)
	}
	d.send(SharingEdited{"note", "look here"})
	d.send(SharingLeft{})
	again := must[StartShare](d)
	if again.ID == e.ID || again.Note != "look here" || len(again.Marks) != 1 || again.Marks[0].Frame != 4 || again.Marks[0].Note != "" {
		t.Errorf("%+v", again)
	}
	d.previewed()
	w = must[WriteLink](d)
	d.send(LinkWritten{ID: w.ID - 1, Text: "old"})
	d.send(LinkWritten{ID: w.ID, Length: 40_000})
	if v = d.m.Sharing(); v.Link.Address != "" || !strings.Contains(v.Link.Text, "40,000 characters") {
		t.Errorf("%+v", v.Link)
	}
	d.click(ActShareCopy, CopyLink, 0)
	if c, ok := last[Copy](d); ok {
		t.Errorf("copied %+v of a link that is not there", c)
	}
	d.click(ActShareMost, "", 128_000)
	if must[WriteLink](d).Most != 128_000 || must[SaveSetting](d).Value != "128000" {
		t.Error("the limit is not taken")
	}
	d.send(SharingEdited{"title", "another"})
	d.send(SharingLeft{}) // by a press on the button that copies
	d.click(ActShareCopy, CopyLink, 0)
	if _, ok := last[Copy](d); ok {
		t.Error("the link without the new title is copied")
	}
	d.previewed()
	d.send(LinkWritten{ID: must[WriteLink](d).ID, Length: 9, Text: "1.5.new"})
	if c := must[Copy](d); !strings.HasSuffix(c.Text, "trace=1.5.new") {
		t.Errorf("%+v", c)
	}
	id := d.m.sharing.id
	d.send(SharingLeft{})
	if must[StartShare](d).ID != id {
		t.Error("what did not change is made again")
	}
}

func TestShareWithSecrets(t *testing.T) {
	d := sharingPage(t)
	d.previewed()
	d.click(ActShareKeep, "cookie", 0)
	if e := d.previewed(); e.Fields != "cookie" || !e.Redact {
		t.Errorf("%+v", e)
	}
	id := must[StartShare](d).ID
	d.click(ActShareRaw, "", 1)
	if v := d.m.Sharing(); must[StartShare](d).ID != id || !v.Asking || v.Post.Can {
		t.Error("one press leaves everything in, or can be sent while it asks")
	}
	d.click(ActSharePost, "", 0)
	if _, sent := last[PostShare](d); sent {
		t.Error("it was sent while it asks")
	}
	d.click(ActShareRaw, "", 2)
	if e := must[StartShare](d); e.Redact || !d.m.Sharing().Raw {
		t.Errorf("%+v", e)
	}
	d.key("Escape")
	d.key("l")
	if e := must[StartShare](d); !e.Redact || e.Fields != "" || d.m.Sharing().Raw {
		t.Error("the next time secrets are left in")
	}
}

func TestShareByAddress(t *testing.T) {
	d := sharingPage(t)
	d.send(SharingEdited{"title", "mine\nown"})
	d.click(ActSharePost, "", 0) // before the preview of that title is there
	if _, sent := last[PostShare](d); sent {
		t.Fatal("what nobody has looked at is sent")
	}
	e := d.previewed()
	if e.Title != "mine own" {
		t.Errorf("%q", e.Title)
	}
	p := must[PostShare](d)
	if p.Share != e.ID {
		t.Errorf("%+v", p)
	}
	d.send(ShareSent{ID: p.ID, State: PostSending, Done: 450, Total: 900})
	if v := d.m.Sharing().Post; !v.Sending || v.Progress != 500 || v.Can {
		t.Errorf("%+v", v)
	}
	d.click(ActSharePostStop, "", 0)
	must[StopPost](d)
	d.send(ShareSent{ID: p.ID, State: PostStopped})
	d.click(ActSharePost, "", 0)
	p = must[PostShare](d)
	d.send(ShareSent{ID: p.ID, State: PostShared, Share: someShare, Token: "tok", Expires: "2030-02-01T00:00:00Z", Now: "2030-01-02T00:00:00Z"})
	v := d.m.Sharing()
	if want := "https://frames.example/x/#filter=stream%3A1&frame=5&share=" + someShare; v.Post.Address != want || !strings.Contains(v.Post.Text, "2030-02-01") {
		t.Errorf("%+v", v.Post)
	}
	kept := must[SaveSetting](d)
	for now, want := range map[string]int{"2030-01-03T00:00:00Z": 1, "2030-02-02T00:00:00Z": 0} {
		f := flags()
		f.Settings[kept.Key], f.Now, f.Page = kept.Value, now, "https://frames.example/x/"
		if got := restoreShares(f); len(got) != want {
			t.Errorf("at %s after a reload: %+v", now, got)
		}
	}
	if len(v.Mine) != 1 || v.Mine[0].Title != "mine own" {
		t.Errorf("%+v", v.Mine)
	}
	d.click(ActShareCopy, someShare, 0)
	if got := must[Copy](d).Text; got != v.Post.Address {
		t.Errorf("copied %q", got)
	}
	d.click(ActShareDelete, someShare, 0)
	if r := must[RemoveShare](d); r.Token != "tok" || !d.m.Sharing().Mine[0].Going {
		t.Errorf("%+v", r)
	}
	d.send(ShareRemoved{Share: someShare, Kind: "offline"})
	if v := d.m.Sharing().Mine; len(v) != 1 || !strings.HasPrefix(v[0].Wrong, "Not deleted. Nobody answers") {
		t.Errorf("%+v", v)
	}
	d.send(ShareRemoved{Share: someShare})
	if v := d.m.Sharing(); len(v.Mine) != 0 || v.Post.Address != "" || !strings.Contains(d.m.Notice().Text, "is deleted") {
		t.Errorf("%+v, %q", v.Post, d.m.Notice().Text)
	}
}

func TestShareRefusals(t *testing.T) {
	seen := map[string]bool{}
	for _, kind := range []string{"no-store", "offline", "too-large", "full", "too-many", "not-allowed", "no-record", "token", "gone", "failed"} {
		d := sharingPage(t)
		d.previewed()
		d.click(ActSharePost, "", 0)
		d.send(ShareSent{ID: must[PostShare](d).ID, State: PostRefused, Kind: kind, Message: "so it is"})
		v := d.m.Sharing().Post
		if !v.Bad || !v.Can || seen[v.Text] {
			t.Errorf("%s: %+v", kind, v)
		}
		seen[v.Text] = true
	}
}

// TestTitleTravelsWithFile: what was written for others is in the saved file too.
func TestTitleTravelsWithFile(t *testing.T) {
	d := sharingPage(t)
	d.send(SharingEdited{"title", "Stalled"})
	d.send(SharingEdited{"note", "why?"})
	d.key("Escape")
	d.click(ActExport, FormatRecord, 0)
	if e := d.made(nil); !e.Redact || !e.Own || e.Title != "Stalled" || e.Note != "why?" || len(e.Marks) != 1 {
		t.Errorf("%+v", e)
	}
	d.click(ActSave, "", 0)
	if e := must[StartShare](d); e.Redact || e.Title != "Stalled" || e.Note != "why?" {
		t.Errorf("%+v", e)
	}
}
