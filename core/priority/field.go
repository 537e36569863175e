package priority

// Param is the priority of a response (RFC 9218, section 4).
type Param struct {
	Urgency     uint8 // 0, the most urgent, to 7
	Incremental bool  // parts of the response are of use
}

// DefaultParam is the priority of a response for which nobody says anything.
var DefaultParam = Param{Urgency: 3}

// FieldError is a priority field value that breaks the syntax of structured
// fields.
type FieldError struct {
	Offset int    // octets before the place of the fault
	Reason string // what was wrong there
}

func (e *FieldError) Error() string {
	return "priority field: " + e.Reason + " at octet " + utoa(uint32(e.Offset)) + " (RFC 8941 4.2)"
}

// ParseField reads a priority field value: a dictionary of structured fields
// (RFC 9218, section 4; RFC 8941, section 4.2, with the types that RFC 9651
// adds). Several field lines are joined by "," before. Parameters that the value
// does not name stay as they are in base: DefaultParam for a request and for
// PRIORITY_UPDATE, the request's priority for a response (RFC 9218, section 8).
//
// Parameters that are unknown, out of range or of another type are ignored; of a
// name that comes twice the last one counts. A value that breaks the syntax is
// ignored as a whole: the result is base, with a *FieldError that says where.
// PRIORITY_UPDATE may be answered by a connection error then (section 7).
func ParseField(value string, base Param) (Param, error) {
	r := fieldReader{s: value}
	p := base
	if err := r.dictionary(&p, base); err != nil {
		return base, err
	}
	return p, nil
}

// AppendField appends the shortest value that means p: parameters with default
// values are left out, so that it may be empty (RFC 9218, section 4). An urgency
// above 7 is written as 7.
func AppendField(dst []byte, p Param) []byte {
	if p.Urgency != DefaultParam.Urgency {
		dst = append(dst, 'u', '=', '0'+min(p.Urgency, urgencies-1))
		if p.Incremental {
			dst = append(dst, ',', ' ')
		}
	}
	if p.Incremental {
		dst = append(dst, 'i')
	}
	return dst
}

// member takes one member of the dictionary; a value that does not fit undoes
// what an earlier member of the name has said.
func (p *Param) member(key string, v bare, base Param) {
	switch key {
	case "u":
		p.Urgency = base.Urgency
		if v.kind == bareInteger && v.n >= 0 && v.n < urgencies {
			p.Urgency = uint8(v.n)
		}
	case "i":
		p.Incremental = base.Incremental
		if v.kind == bareBoolean {
			p.Incremental = v.n == 1
		}
	}
}
