package model

import "strconv"

// tour shows the page to whoever comes for the first time.
type tour struct {
	step int // from 1; 0: not shown
}

// ActTour goes to a step of the tour: N from 1, 0 ends it.
const ActTour Action = "tour"

// SettingTour remembers that the tour was seen or skipped.
const SettingTour = "tour"

// IDTour is the identifier of the button that goes on.
const IDTour = "tour-next"

// stop is a step of the tour: a part of the page and what it is for.
type stop struct{ part, title, text string }

var stops = []stop{
	{"frames", "Every frame that travelled", "Client on the left, server on the right, time goes down. Press a frame, or use the arrow keys."},
	{"inspector", "What a frame is made of", "Its octets, its fields, what it did, and why it was sent, with the section of the RFC. Point at either and both light up."},
	{"foot", "Time goes both ways", "Drag the map or press Space to play. e goes to the next error, w to the next stall, b sets a bookmark."},
	{"program", "A program that speaks HTTP/2", "This ran in your tab: a client and a server in JavaScript. Change it and press Ctrl+Enter to see another session."},
	{"top", "Everything by name", "Ctrl+K finds commands, examples and frames by number; ? lists the keys. This tour is there too."},
}

// TourView is a step of the tour.
type TourView struct {
	On    bool
	Part  string // of the page that is explained: "program", "frames", "inspector", "foot", "top"
	Title string
	Text  string
	Count string // "2 of 5"
	Step  int
	First bool
	Last  bool
	Next  int // the step behind, 0: none
}

// Class names the part that is explained, "" when there is no tour.
func (v TourView) Class() string {
	if !v.On {
		return ""
	}
	return "tour-at-" + v.Part
}

// Tour is the tour.
func (m Model) Tour() TourView {
	n := m.tour.step
	if n < 1 || n > len(stops) {
		return TourView{}
	}
	s := stops[n-1]
	return TourView{On: true, Part: s.part, Title: s.title, Text: s.text, Count: strconv.Itoa(n) + " of " + strconv.Itoa(len(stops)),
		Step: n, First: n == 1, Last: n == len(stops), Next: (n + 1) % (len(stops) + 1)}
}

// firstVisit says whether the tour begins by itself: nobody has seen it here,
// and nobody sent a link to something else.
func firstVisit(f Flags) bool {
	return !f.Embed && f.Fragment == "" && f.Settings[SettingTour] == ""
}

func (m Model) clickTour(c Click) (Model, []Effect) {
	if c.N < 1 || c.N > len(stops) {
		return m.endTour()
	}
	m.tour.step = c.N
	effects := []Effect{Focus{IDTour}}
	if m.phone() { // one column: the part must be on the page
		v := ViewSequence
		if stops[c.N-1].part == "program" {
			v = ViewCode
		}
		var more []Effect
		m, more = m.show(v)
		effects = append(more, effects...)
		effects = append(effects, Reveal{stops[c.N-1].part})
	}
	return m, effects
}

func (m Model) endTour() (Model, []Effect) {
	m.tour.step = 0
	effects := []Effect{SaveSetting{SettingTour, "seen"}, Focus{IDList}}
	if m.phone() && m.view == ViewCode {
		m, more := m.show(ViewSequence)
		return m, append(effects, more...)
	}
	return m, effects
}
