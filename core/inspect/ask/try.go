package ask

import (
	"encoding/hex"
	"errors"

	"framewise/core/inspect"
	"framewise/core/inspect/view"
)

// try reads octets in hex and asks the analyser about them.
func (s *Session) try(q *request) (view.Trial, error) {
	octets, err := hex.DecodeString(q.text)
	if err != nil {
		return view.Trial{}, errors.New("the text of try is octets in hex: " + err.Error())
	}
	return s.a.Try(inspect.TryQuery{Conn: q.conn, Frame: q.frame, Dir: q.dir, Octets: octets}), nil
}
