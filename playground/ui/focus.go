package ui

import (
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// awaiting is an element that is to get the keyboard once it is drawn, with the
// keys that were pressed until then.
type awaiting struct {
	asked model.Focus
	keys  []model.KeyPressed
}

// hold keeps a key for a text field that is not drawn yet. Escape is for the page.
func (a *awaiting) hold(k model.KeyPressed) bool {
	if a == nil || !a.asked.Writes() || k.Ctrl || k.Alt || k.Key == "Escape" {
		return false
	}
	a.keys = append(a.keys, k)
	return true
}

// focus gives an element the keyboard after the page was drawn, unless another
// one was meant to have it by then: a late answer to an earlier key would take the
// keyboard out of what was opened since.
func (s *Shell) focus(e model.Focus) {
	a := &awaiting{asked: e}
	if s.awaits != nil && e.Writes() {
		a.keys = s.awaits.keys
	}
	s.awaits = a
	s.ctx.Defer(func(app.Context) {
		if s.awaits != a {
			return
		}
		s.awaits = nil
		s.engine.Do(e, s.post)
		for _, k := range a.keys {
			if k.Writes() {
				s.engine.Do(model.Type{Text: k.Key}, s.post)
				continue
			}
			k.Field = field()
			s.post(k)
		}
	})
}
