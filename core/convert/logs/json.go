package logs

import (
	"encoding/json"
	"errors"
	"io"
)

// maxDepth is how deeply a log's JSON may be nested.
const maxDepth = 32

// stream walks the JSON of a log.
type stream struct {
	d *json.Decoder
}

func newStream(r io.Reader) stream {
	return stream{json.NewDecoder(&depthReader{r: r, max: maxDepth})}
}

// why makes an error of the decoder's one that names the place.
func (s stream) why(err error) error {
	var own *Error
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Offset: s.d.InputOffset(), Reason: "the file ends in the middle"}
	case errors.As(err, &syntax):
		return &Error{Offset: syntax.Offset, Reason: "this is no JSON: " + syntax.Error()}
	}
	return err
}

// open expects the beginning of an object or array.
func (s stream) open(what json.Delim, of string) error {
	t, err := s.d.Token()
	if err != nil {
		return s.why(err)
	}
	if t != what {
		return &Error{Offset: s.d.InputOffset(), Reason: of + " must begin with " + what.String()}
	}
	return nil
}

// key is the next key of an object; "" at its end.
func (s stream) key() (string, error) {
	t, err := s.d.Token()
	if err != nil {
		return "", s.why(err)
	}
	k, _ := t.(string)
	return k, nil
}

// skip steps over a value.
func (s stream) skip() error {
	for depth := 0; ; {
		t, err := s.d.Token()
		if err != nil {
			return s.why(err)
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth <= 0 {
			return nil
		}
	}
}

// value reads a value. A value of another shape than v's is an error.
func (s stream) value(v any, of string) error {
	err := s.d.Decode(v)
	var shape *json.UnmarshalTypeError
	if errors.As(err, &shape) {
		return &Error{Offset: s.d.InputOffset(), Reason: of + ": " + shape.Field + " is a " + shape.Value}
	}
	if err != nil {
		return s.why(err)
	}
	return nil
}
