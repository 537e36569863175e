package session

// PriorityUpdate tells the server how urgent a stream is (RFC 9218, section 7):
// id may be that of a stream that has not begun, field is a priority field value,
// "u=1, i". Client only. Errors are *conn.Misuse: see conn.PriorityUpdate.
func (s *Session) PriorityUpdate(id uint32, field string) error {
	if s.closed {
		return ErrDestroyed
	}
	return s.c.PriorityUpdate(id, field)
}
