package model

import (
	"strconv"

	"framewise/core/inspect/view"
)

// tools are what helps to move through a record: searches, breakpoints,
// bookmarks, completion, the palette, notices.
type tools struct {
	seek    seek
	hunt    hunt
	breaks  breaks
	book    book
	panel   bool // bookmarks and breakpoints are open
	suggest suggest
	palette palette
	tour    tour
	notice  notice
	embed   bool // the page is part of another one: nothing can be edited
	updated bool // a newer version of the page waits
}

// restoreTools is what was kept in the browser.
func restoreTools(f Flags) tools {
	return tools{
		suggest: suggest{on: -1},
		breaks:  restoreBreaks(f.Settings[SettingBreaks]),
		book:    restoreMarks(f.Settings[SettingMarks]),
		hunt:    hunt{stop: -1},
	}
}

// Keys of SaveSetting that the tools use.
const (
	SettingMarks  = "marks"  // bookmarks by record
	SettingBreaks = "breaks" // breakpoints
)

// Settings are the keys of everything that SaveSetting keeps.
func Settings() []string {
	return []string{SettingTheme, SettingProgram, SettingExample, SettingDial, SettingAPI, SettingMarks, SettingBreaks, SettingTour, SettingPlan, SettingStranger, SettingAround, SettingReal, SettingLinkMost}
}

// QueryFind asks the analyser for a frame; FoundArrived answers it. The fields
// are those of core/inspect.Search.
type QueryFind struct {
	ID     int
	Record int
	From   int
	Back   bool
	Filter string
	What   string
	Conn   uint32
}

// FoundArrived answers QueryFind. Err is empty when it worked; At is the
// character of the filter, from 0, that Err is about, or -1.
type FoundArrived struct {
	ID    int
	Found view.Found
	Err   string
	At    int
}

// MarkEdited is new text in the note of a bookmark.
type MarkEdited struct {
	Frame int
	Note  string
}

// BreakEdited is new text in the field of breakpoints.
type BreakEdited struct{ Text string }

// UpdateReady says that a newer version of the page has been fetched.
type UpdateReady struct{}

// SaveRecord has the browser save the record as a file, with the bookmarks.
type SaveRecord struct{ Marks []Bookmark }

// ApplyUpdate reloads the page in its newer version.
type ApplyUpdate struct{}

func (UpdateReady) msg()    {}
func (SaveRecord) effect()  {}
func (ApplyUpdate) effect() {}
func (QueryFind) effect()   {}
func (FoundArrived) msg()   {}
func (MarkEdited) msg()     {}
func (BreakEdited) msg()    {}

// The actions of the tools.
const (
	ActSeek        Action = "seek"         // Arg: "error", "stall" or "stream"; N: 1 or -1
	ActPace        Action = "pace"         // N: 1 faster, -1 slower
	ActMark        Action = "mark"         // N: frame, -1 for the selected one; sets a bookmark or takes it away
	ActUndoMark    Action = "undo-mark"    // the bookmark that was taken away last
	ActGoMark      Action = "go-mark"      // N: 1 or -1
	ActPanel       Action = "panel"        // opens or closes bookmarks and breakpoints
	ActBreak       Action = "break"        // Arg: filter; "" takes what was typed
	ActBreakOn     Action = "break-on"     // N: breakpoint, on or off
	ActUnbreak     Action = "unbreak"      // N: breakpoint
	ActFilter      Action = "filter"       // goes to the filter line
	ActOctets      Action = "octets"       // goes to the frame's octets
	ActEscape      Action = "escape"       //
	ActSave        Action = "save"         // the record, as a file
	ActReload      Action = "reload"       // the page, in its newer version
	ActCloseNotice Action = "close-notice" //
)

// toolMsg takes the messages that the tools are about.
func (m Model) toolMsg(msg Msg) (Model, []Effect) {
	switch msg := msg.(type) {
	case FoundArrived:
		if msg.ID != 0 && msg.ID == m.sheets.game.id {
			return m.blockFound(msg)
		}
		return m.found(msg)
	case Copied:
		return m.copied(msg), nil
	case MarkEdited:
		return m.markEdited(msg)
	case BreakEdited:
		m.breaks.typed, m.breaks.err, m.breaks.errAt = msg.Text, "", -1
	case CaretAt:
		return m.caretAt(msg)
	case FieldEntered:
		m.suggest = m.suggest.closedFor(msg.Field)
		m.suggest.text, m.suggest.cursor = msg.Text, len([]rune(msg.Text))
	case FieldLeft:
		if m.suggest.field == msg.Field {
			m.suggest = m.suggest.closed()
		}
	case ShareTold:
		if msg.ID == m.sharing.id {
			return m.sharingTold(msg)
		}
		return m.shareTold(msg)
	case SharingEdited, SharingLeft, LinkWritten, ShareSent, ShareRemoved:
		return m.sharingMsg(msg)
	case CompletionArrived:
		return m.completed(msg)
	case PaletteEdited:
		m.palette.typed, m.palette.on = msg.Text, 0
	case UpdateReady:
		m.updated = true
	case NetEdited, NetLeft:
		return m.netMsg(msg)
	case OtherArrived, FileChosen, CompareScrolled:
		return m.compareMsg(msg)
	}
	return m, nil
}

// toolClick does what the actions of the tools say.
func (m Model) toolClick(c Click) (Model, []Effect) {
	switch c.What {
	case ActSeek:
		return m.startSeek(c.Arg, c.N < 0)
	case ActPace:
		m.speed = max(0, min(m.speed+c.N, len(speeds)-1))
	case ActMark, ActUndoMark, ActGoMark:
		return m.clickMark(c)
	case ActBreak, ActBreakOn, ActUnbreak:
		return m.clickBreak(c)
	case ActStepOff, ActStepRemove, ActStepEdit, ActPlanUndo, ActPlanClear, ActPlanNormal, ActPreset, ActFault, ActFork, ActForkLeave:
		return m.planClick(c)
	case ActPanel:
		m.panel = !m.panel
		if m.panel {
			return m, []Effect{Focus{IDPanel}}
		}
		return m, []Effect{Focus{IDPanelOpen}}
	case ActPalette, ActPick, ActNewest, ActStream:
		return m.clickPalette(c)
	case ActTour:
		return m.clickTour(c)
	case ActTake:
		if m.suggest.on = c.N; m.suggest.choice() == "" {
			m.suggest.on = -1
			return m, nil
		}
		return m.takeChosen()
	case ActSave:
		if m.sharing.typed && m.record == 0 && len(m.failures) == 0 {
			m.making.next = true
			return m.exportFile(FormatRecord) // with the title and the note
		}
		return m, []Effect{SaveRecord{m.book.list}}
	case ActReload:
		return m, []Effect{ApplyUpdate{}}
	case ActCloseNotice:
		if m.notice.text == "" {
			m.updated = false
		}
		m.notice = notice{}
	case ActFilter:
		return m, []Effect{Focus{IDFilter}}
	case ActOctets:
		m.pane = PaneFrame
		if m.octet.focus < 0 {
			m.octet.focus = 0
		}
		return m, []Effect{Focus{IDOctets}}
	}
	return m.tableClick(c)
}

// Identifiers of elements of the tools that Focus names.
const (
	IDPanel     = "panel-close"
	IDPanelOpen = "panel-open"
	IDBreak     = "break"
)

// IDNote is the identifier of the field with a bookmark's note.
func IDNote(frame int) string { return notePrefix + strconv.Itoa(frame) }

const notePrefix = "note-"

// notice is a line that tells what happened, with something that can be done
// about it. It goes with the next thing that somebody does.
type notice struct {
	text  string
	label string // of the button, "": none
	do    Click
}

// NoticeView is a line at the page's lower edge.
type NoticeView struct {
	Text  string // "": nothing to say
	Label string // of the button, "": none
	Do    Click
}

// Notice tells what happened, "" when there is nothing to tell.
func (m Model) Notice() NoticeView {
	if m.notice.text == "" && m.updated {
		return NoticeView{"A new version of Framewise is ready.", "Reload", Click{What: ActReload}}
	}
	return NoticeView{m.notice.text, m.notice.label, m.notice.do}
}
