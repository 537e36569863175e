package model

// Where the keyboard is, for KeyPressed.Field.
const (
	FieldNone   = ""
	FieldEditor = "editor"
	FieldInput  = "input"
	FieldDial   = "dial" // a text field of the form: Enter dials
	FieldOctets = "octets"
	FieldButton = "button" // a button, link or tab: space and Enter belong to it
)

// Key is a line of the sheet of keys.
type Key struct {
	Keys []string
	What string
}

// Keys is the sheet of keys.
func Keys() []Key {
	return []Key{
		{[]string{"Ctrl Enter"}, "Run the program, or dial (in the form Enter alone)"},
		{[]string{"←", "k"}, "The frame before"},
		{[]string{"→", "j"}, "The next frame"},
		{[]string{"Home"}, "The first frame"},
		{[]string{"End"}, "The last frame"},
		{[]string{"Space"}, "Play, pause"},
		{[]string{"/"}, "Filter"},
		{[]string{"1"}, "Sequence"},
		{[]string{"2"}, "Frames"},
		{[]string{"Alt Enter"}, "In the editor: list the frames of this line alone, then all again (or press its number)"},
		{[]string{"x"}, "Go to the frame's octets; arrow keys move among them, Enter keeps one lit"},
		{[]string{"t"}, "Light or dark"},
		{[]string{"?"}, "This sheet"},
		{[]string{"Esc"}, "Close, or leave a text field (then Tab moves on from the editor)"},
	}
}

func (m Model) key(k KeyPressed) (Model, []Effect) {
	if k.Key == "Enter" && (k.Ctrl || k.Field == FieldDial) {
		return m.session(Click{What: ActRun})
	}
	if k.Key == "Escape" {
		return m.escape(k)
	}
	if k.Ctrl || k.Alt || m.help || k.typing() {
		return m, nil
	}
	if k.Field == FieldOctets {
		if m, effects, ok := m.octetKey(k.Key); ok {
			return m, effects
		}
	}
	if k.Field == FieldButton && (k.Key == " " || k.Key == "Enter") {
		return m, nil
	}
	if c, ok := keyClicks[k.Key]; ok {
		return m.click(c)
	}
	switch k.Key {
	case "/":
		return m, []Effect{Focus{IDFilter}}
	case "x":
		m.pane = PaneFrame
		if m.octet.focus < 0 {
			m.octet.focus = 0
		}
		return m, []Effect{Focus{IDOctets}}
	}
	return m, nil
}

// typing says whether the key belongs to a text field.
func (k KeyPressed) typing() bool {
	return k.Field == FieldEditor || k.Field == FieldInput || k.Field == FieldDial
}

var keyClicks = map[string]Click{
	"ArrowLeft": {What: ActPrevious}, "ArrowUp": {What: ActPrevious}, "k": {What: ActPrevious},
	"ArrowRight": {What: ActNext}, "ArrowDown": {What: ActNext}, "j": {What: ActNext},
	"Home": {What: ActFirst}, "End": {What: ActLast}, " ": {What: ActPlay},
	"1": {What: ActView, Arg: string(ViewSequence)}, "2": {What: ActView, Arg: string(ViewFrames)},
	"?": {What: ActHelp}, "t": {What: ActTheme},
}

// Taken says whether the page uses the key there, so that the browser's own
// use of it (scrolling, quick find) must be held back.
func (m Model) Taken(k KeyPressed) bool {
	if k.Ctrl || k.Field == FieldDial {
		return k.Key == "Enter"
	}
	if k.Alt || k.typing() || m.help {
		return false
	}
	if k.Field == FieldButton && (k.Key == " " || k.Key == "Enter") {
		return false
	}
	if k.Field == FieldOctets && (k.Key == "Enter" || k.Key == "PageUp" || k.Key == "PageDown") {
		return true
	}
	_, ok := keyClicks[k.Key]
	return ok || k.Key == "/" || k.Key == "x"
}

func (m Model) escape(k KeyPressed) (Model, []Effect) {
	switch {
	case m.help:
		m.help = false
		return m, []Effect{Focus{IDHelpOpen}}
	case m.menu:
		m.menu = false
		return m, []Effect{Focus{IDMenuOpen}}
	case m.octet.pinned():
		m.octet = m.octet.unpin()
		return m, nil
	case k.typing() || k.Field == FieldOctets:
		return m, []Effect{Focus{IDList}}
	}
	return m, nil
}
