package ask

import (
	"errors"

	"framewise/core/compose"
	"framewise/core/inspect"
	"framewise/core/inspect/view"
)

// try reads what somebody composes, and asks the analyser about it. What can't be
// read is no refusal: the form comes back, and which of its fields is wrong.
func (s *Session) try(q *request) view.Trial {
	octets, form, err := compose.Parse(q.text)
	v := s.a.Try(inspect.TryQuery{Conn: q.conn, Frame: q.frame, Dir: q.dir, Octets: octets})
	v.Form = form
	if err == nil {
		return v
	}
	v.Frames, v.Outcome, v.Rest = []view.Tried{}, "", ""
	v.Wrong = err.Error()
	var e *compose.Error
	if errors.As(err, &e) {
		v.Wrong, v.Key = e.Reason, e.Key
	}
	return v
}
