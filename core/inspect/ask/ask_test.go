package ask

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"framewise/core/inspect"
	"framewise/core/inspect/view"
	"framewise/core/trace"
)

// awkward are strings that JSON has to escape, or that are no UTF-8.
var awkward = []string{"", "plain", "\"\\/\b\f\n\r\t\x00\x1f\x7f", "<&>", "→ ü 😀", "\xff\xc3(", "\u2028\u2029\u202e", "\ufffd"}

// fill sets every field to something, another thing each time.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.String:
		v.SetString(awkward[*n%len(awkward)])
	case reflect.Bool:
		v.SetBool(*n%2 == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n) * 1_000_003 * int64(1-*n%3)) // negative too
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(*n) % 251)
	default:
		panic("a field of kind " + v.Kind().String())
	}
}

// put makes an encoder of values of one type a function of any.
func put[T any](f func(*encoder, *T)) func(e *encoder, v any) {
	return func(e *encoder, v any) { f(e, v.(*T)) }
}

func TestEncoderEqualsEncodingJSON(t *testing.T) {
	encode := map[reflect.Type]func(e *encoder, v any){
		reflect.TypeFor[view.Summary]():    put(putSummary),
		reflect.TypeFor[view.Rows]():       put(putRows),
		reflect.TypeFor[view.Detail]():     put(putDetail),
		reflect.TypeFor[view.Density]():    put(putDensity),
		reflect.TypeFor[view.Position]():   put(putPosition),
		reflect.TypeFor[view.Stalls]():     put(putStalls),
		reflect.TypeFor[view.Flow]():       put(putFlow),
		reflect.TypeFor[view.Lanes]():      put(putLanes),
		reflect.TypeFor[view.Connection](): put(putConnection),
		reflect.TypeFor[view.HPACK]():      put(putHPACK),
		reflect.TypeFor[view.Prediction](): put(putPrediction),
		reflect.TypeFor[view.Priority]():   put(putPriority),
		reflect.TypeFor[view.Comparison](): put(putComparison),
		reflect.TypeFor[view.Found]():      put(putFound),
		reflect.TypeFor[view.Completion](): put(putCompletion),
	}
	for typ, f := range encode {
		for start := range 12 { // 0: the zero value
			v := reflect.New(typ)
			if n := start; n > 0 {
				fill(v.Elem(), &n)
			}
			var want bytes.Buffer
			enc := json.NewEncoder(&want)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(v.Interface()); err != nil {
				t.Fatal(err)
			}
			e := encoder{}
			f(&e, v.Interface())
			// Go before 1.27 writes the replacement character as an escape.
			ref := strings.ReplaceAll(want.String(), `\ufffd`, "\ufffd")
			if got := string(e.b) + "\n"; got != ref {
				t.Errorf("%v\n got %s\nwant %s", typ, got, ref)
			}
		}
	}
}

// line is a record of one entry behind the header.
func line(e ...trace.Entry) []byte {
	b := trace.AppendEntry(nil, &trace.Header{Version: 1, Title: "t"})
	for _, e := range e {
		b = trace.AppendEntry(b, e)
	}
	return b
}

func TestRefusals(t *testing.T) {
	s := New()
	if err := s.Feed(line(&trace.Conn{ID: 1})); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ request, want string }{
		{``, `{"Error":"the request must be a JSON object"}`},
		{`{"op"`, `{"Error":"the request must have a colon at octet 5"}`},
		{`{"op":5}`, `{"Error":"the request must have a string for op at octet 6"}`},
		{`{"op":"x"}`, `{"Error":"there is no op \"x\", there are summary, rows, position, detail, bits, find, complete, stalls, flow, lanes, connection, hpack, predict, priority, compare, aligned, reproduced, try, reaction, density"}`},
		{`{"op":"summary",}`, `{"Error":"the request must have a key in quotes at octet 16"}`},
		{`{"op":"summary"} x`, `{"Error":"the request must have the end of the request at octet 17"}`},
		{`{"op":"detail","frame":1.5}`, `{"Error":"the request must have a comma or the end of the object at octet 24"}`},
		{`{"op":"detail","frame":99999999999999999999}`, `{"Error":"the request must have a whole number for frame at octet 23"}`},
		{`{"op":"rows","conn":-1}`, `{"Error":"conn is a number from 0 to 4294967295, not -1"}`},
		{`{"op":"rows","form":1}`, `{"Error":"there is no \"form\" in a request"}`},
		{`{"op":"detail","frame":0}`, `{"Error":"there is no frame 0, the record has 0, numbered from 0"}`},
		{`{"op":"rows","filter":"stream:1 tüpe:DATA"}`, `{"Error":"filter, character 10: a colon must follow type","Pos":9}`},
	} {
		got := string(s.Answer([]byte(c.request)))
		if c.request == `{"op":"rows","filter":"stream:1 tüpe:DATA"}` {
			var r struct {
				Error string
				Pos   int
			}
			if err := json.Unmarshal([]byte(got), &r); err != nil || r.Pos != 9 || r.Error == "" {
				t.Errorf("%s is answered with %s, want an error at 9", c.request, got)
			}
			continue
		}
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.request, got, c.want)
		}
	}
}

func TestRequestStrings(t *testing.T) {
	for _, want := range append(awkward, "header:\"a=b c\"|x", strings.Repeat("ä", 300)) {
		text, _ := json.Marshal(map[string]any{"op": "rows", "filter": want, "n": -7, "from": 12, "conn": uint32(1<<32 - 1)})
		q, failure := parseRequest(text)
		var ref struct{ Filter string } // encoding/json replaces what is no UTF-8
		if err := json.Unmarshal(text, &ref); err != nil {
			t.Fatal(err)
		}
		if failure != "" || q.filter != ref.Filter || q.n != -7 || q.from != 12 || q.conn != 1<<32-1 {
			t.Errorf("%s is read as %+v %s", text, q, failure)
		}
	}
	for _, text := range []string{`{"op":"\ud83d\ude00"}`, `{"op":"\ud83d"}`, `{"op":"\ud83dx"}`, `{"op":"\ud83dA"}`, ` { "op" : "a\/b" , "n" : 0 } `} {
		q, failure := parseRequest([]byte(text))
		var ref struct{ Op string }
		if err := json.Unmarshal([]byte(text), &ref); err != nil {
			t.Fatal(err)
		}
		if failure != "" || q.op != ref.Op {
			t.Errorf("%s: op %q (%s), want %q", text, q.op, failure, ref.Op)
		}
	}
	for _, text := range []string{`{"op":"\x"}`, `{"op":"\u12"}`, `{"op":"\`, `{"op":"a`} {
		if _, failure := parseRequest([]byte(text)); failure == "" {
			t.Errorf("%s is read without an error", text)
		}
	}
}

func TestBrokenRecord(t *testing.T) {
	whole := line(&trace.Conn{ID: 1}, &trace.Close{Conn: 1, At: 5})
	for name, c := range map[string]struct {
		record string
		want   string
		order  bool
	}{
		"syntax":     {string(whole) + "{\"k\":\n", "line 4", false},
		"connection": {string(whole) + "{\"k\":\"close\",\"conn\":9}\n", "line 4: ", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := New()
			var err error
			for i := range c.record { // octet by octet
				if e := s.Feed([]byte{c.record[i]}); e != nil && err == nil {
					err = e
				}
			}
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || errors.Is(err, inspect.ErrOrder) != c.order {
				t.Fatalf("error %v, want one that begins with %q", err, c.want)
			}
			if again := s.Feed(whole); again != err {
				t.Errorf("afterwards the error is %v, want the first one", again)
			}
			var sum view.Summary
			if e := json.Unmarshal(s.Answer([]byte(`{"op":"summary"}`)), &sum); e != nil {
				t.Fatal(e)
			}
			if len(sum.Conns) != 1 || sum.Faults != 1 || sum.Problems[0].Frame != -1 || !strings.Contains(sum.Problems[0].Text, err.Error()) {
				t.Errorf("the summary of a broken record: %+v", sum)
			}
		})
	}
}

// Answers read back as the values that the analyser gives.
func TestAnswersReadBack(t *testing.T) {
	files, err := filepath.Glob("../testdata/*.h2trace")
	if err != nil || len(files) == 0 {
		t.Fatalf("no records: %v", err)
	}
	for _, file := range files {
		octets, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, a := New(), inspect.New()
		if err := s.Feed(octets); err != nil {
			t.Fatal(err)
		}
		entries, err := trace.Read(bytes.NewReader(octets))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if err := a.Feed(e); err != nil {
				t.Fatal(err)
			}
		}
		for i := range a.Summary().Frames {
			var got view.Detail
			text := s.Answer(fmt.Appendf(nil, `{"op":"detail","frame":%d}`, i))
			if err := json.Unmarshal(text, &got); err != nil {
				t.Fatal(err)
			}
			want, err := a.Detail(i)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s, frame %d\n got %+v\nwant %+v", filepath.Base(file), i, got, want)
			}
		}
	}
}
