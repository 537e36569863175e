package model

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// posting is a record on its way to this host's store.
type posting struct {
	id      int
	state   PostState
	done    int64
	total   int64
	kind    string // why it was refused
	text    string
	wait    int
	share   string
	expires string
	of      int // the preview that was sent
}

// PostState is how far a record is on its way to the store.
type PostState string

// The states.
const (
	PostNone    PostState = ""
	PostSending PostState = "sending"
	PostShared  PostState = "shared"
	PostRefused PostState = "refused"
	PostStopped PostState = "stopped"
)

// PostShare sends what StartShare made (Share) to this host's store; ShareSent says
// how far it is.
type PostShare struct{ ID, Share int }

// StopPost ends it. Whether it has arrived is not known then.
type StopPost struct{ ID int }

// RemoveShare deletes a share from the store; ShareRemoved answers.
type RemoveShare struct{ Share, Token string }

// ShareSent says how far a record is: Done of Total octets, then its identifier,
// the token that deletes it and when it expires (RFC 3339), or the kind of refusal
// (docs/relay.md; "offline", "gone") with seconds to wait.
type ShareSent struct {
	ID            int
	State         PostState
	Done, Total   int64
	Kind, Message string
	Wait          int
	Share, Token  string
	Expires, Now  string
}

// ShareRemoved says that a share is deleted, or why not: Kind as in ShareSent.
type ShareRemoved struct{ Share, Kind, Message string }

// ownShare is a share of the visitor's, kept in this browser.
type ownShare struct {
	Share, Token string
	Title        string
	Made         string // RFC 3339
	Expires      string
	State        string `json:",omitempty"` // of the page when it was made, as in its address, with "&"
	gone         string // how deleting it ended
	going        bool
}

// SettingShare begins the keys of the visitor's shares; each has one of its own, so
// that two tabs do not overwrite each other's.
const SettingShare = "share."

// restoreShares reads the visitor's shares, the newest first, without those that
// have expired.
func restoreShares(f Flags) []ownShare {
	var out []ownShare
	for key, value := range f.Settings {
		var o ownShare
		if strings.HasPrefix(key, SettingShare) && json.Unmarshal([]byte(value), &o) == nil && key == SettingShare+o.Share && o.Expires > f.Now {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b ownShare) int { return cmp.Or(cmp.Compare(b.Made, a.Made), cmp.Compare(a.Share, b.Share)) })
	return out
}

// wantAddress sends the record, once what is on the screen is what would leave.
func (m Model) wantAddress() (Model, []Effect) {
	if m.sharing.post.state == PostSending || m.sharing.asking {
		return m, nil
	}
	m.sharing.wanted = true
	m, effects := m.preview()
	m, more := m.postWanted()
	return m, append(effects, more...)
}

func (m Model) postWanted() (Model, []Effect) {
	s := &m.sharing
	if !s.wanted || s.state != ShareDone {
		return m, nil
	}
	s.wanted = false
	m.serial++
	s.post = posting{id: m.serial, state: PostSending, of: s.id}
	return m, []Effect{PostShare{s.post.id, s.id}}
}

func (m Model) shareSent(p ShareSent) (Model, []Effect) {
	s := &m.sharing
	var effects []Effect
	if p.State == PostShared { // also of a dialog that is closed by now: its token must not be lost
		state := m.shareState().Encode()
		if state != "" {
			state += "&"
		}
		o := ownShare{Share: p.Share, Token: p.Token, Title: strings.TrimSpace(s.title), Made: p.Now, Expires: p.Expires, State: state}
		s.mine = append([]ownShare{o}, s.mine...)
		kept, _ := json.Marshal(o)
		effects = append(effects, SaveSetting{SettingShare + o.Share, string(kept)})
	}
	if p.ID != s.post.id {
		return m, effects
	}
	s.post.state, s.post.done, s.post.total = p.State, p.Done, p.Total
	s.post.kind, s.post.text, s.post.wait, s.post.share, s.post.expires = p.Kind, p.Message, p.Wait, p.Share, p.Expires
	if p.State == PostShared && s.open {
		effects = append(effects, Focus{IDSharePosted}, Reveal{IDSharePosted})
	}
	return m, effects
}

func (m Model) ownShare(share string) int {
	return slices.IndexFunc(m.sharing.mine, func(o ownShare) bool { return o.Share == share })
}

func (m Model) deleteShare(share string) (Model, []Effect) {
	i := m.ownShare(share)
	if i < 0 || m.sharing.mine[i].going {
		return m, nil
	}
	m.sharing.mine = slices.Clone(m.sharing.mine)
	m.sharing.mine[i].going, m.sharing.mine[i].gone = true, ""
	return m, []Effect{RemoveShare{share, m.sharing.mine[i].Token}}
}

// shareRemoved forgets a share that is no more.
func (m Model) shareRemoved(r ShareRemoved) (Model, []Effect) {
	i := m.ownShare(r.Share)
	if i < 0 {
		return m, nil
	}
	m.sharing.mine = slices.Clone(m.sharing.mine)
	o := &m.sharing.mine[i]
	o.going = false
	name := o.Title
	if name == "" {
		name = "without a title"
	}
	switch r.Kind {
	case "", "deleted", "expired", "unknown":
		said := map[string]string{"": "is deleted: its address shows nothing any more", "deleted": "was deleted already", "expired": "has expired already", "unknown": "is not known to this host any more"}[r.Kind]
		m.notice = notice{text: "The share “" + Shown(name) + "” " + said + "."}
		m.sharing.mine = slices.Delete(m.sharing.mine, i, i+1)
		if m.sharing.post.share == r.Share {
			m.sharing.post = posting{}
		}
		return m, []Effect{SaveSetting{SettingShare + r.Share, ""}, Focus{IDShareTitle}}
	}
	o.gone = "Not deleted. " + refusedText(r.Kind, r.Message, 0)
	return m, nil
}

// refusedText says why the store refused something, and what to do.
func refusedText(kind, message string, wait int) string {
	switch kind {
	case "no-store":
		return "This host keeps no shares. Start one that does, framewise serve --data DIR, and share from its page; or save the record and send the file, or: framewise share FILE."
	case "offline":
		return "Nobody answers: you are offline, or the server has stopped. The link above needs no server."
	case "too-large":
		return "The record is too large: a store takes 5 MB in gzip and 50 MB unpacked. Save it and send the file."
	case "full":
		return "The store is full. Try again when older shares have expired, or save the record and send the file."
	case "too-many":
		text := "The store takes no more at this moment. Try again in "
		if wait > 0 {
			return text + Plural(wait, "second") + "."
		}
		return text + "a minute."
	case "not-allowed":
		return "The store takes nothing from this address of the page: " + Shown(message) + ". Open the page at the address that the server printed."
	case "no-record":
		return "The store can't read the record: " + Shown(message) + "."
	case "token":
		return "The token is not the one of this share."
	case "gone":
		return "What was to be shared is not there any more. Close this and begin again."
	}
	return "It failed: " + Shown(message) + ". Try again."
}
