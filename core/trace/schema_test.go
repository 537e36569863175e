package trace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// schema is docs/trace.schema.json, and as much of JSON Schema as it uses.
type schema struct{ root map[string]any }

func readSchema(t *testing.T) schema {
	t.Helper()
	b, err := os.ReadFile("../../docs/trace.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&s.root); err != nil {
		t.Fatal(err)
	}
	return s
}

// check says what is wrong with a value; "": nothing.
func (s schema) check(rule map[string]any, v any) string {
	for _, key := range slices.Sorted(maps.Keys(rule)) {
		arg := rule[key]
		if bad := s.keyword(key, arg, rule, v); bad != "" {
			return bad
		}
	}
	return ""
}

func (s schema) keyword(key string, arg any, rule map[string]any, v any) string {
	switch key {
	case "$schema", "title", "description", "contentEncoding", "$defs", "then":
	case "$ref":
		name := strings.TrimPrefix(arg.(string), "#/$defs/")
		return s.check(s.root["$defs"].(map[string]any)[name].(map[string]any), v)
	case "type":
		list, ok := arg.([]any)
		if !ok {
			list = []any{arg}
		}
		if !slices.Contains(list, any(typeOf(v))) {
			return fmt.Sprintf("%v is no %v", v, arg)
		}
	case "const":
		if !reflect.DeepEqual(v, arg) {
			return fmt.Sprintf("%v is not %v", v, arg)
		}
	case "enum":
		if !slices.ContainsFunc(arg.([]any), func(a any) bool { return reflect.DeepEqual(a, v) }) {
			return fmt.Sprintf("%v is none of %v", v, arg)
		}
	case "minimum", "maximum":
		return s.bound(key, arg.(json.Number), v)
	case "pattern":
		if text, ok := v.(string); ok && !regexp.MustCompile(arg.(string)).MatchString(text) {
			return fmt.Sprintf("%q does not match", text)
		}
	case "required":
		for _, name := range arg.([]any) {
			if o, ok := v.(map[string]any); ok && o[name.(string)] == nil {
				return fmt.Sprintf("%v is missing", name)
			}
		}
	case "properties":
		o, _ := v.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(o)) {
			if sub, ok := arg.(map[string]any)[name]; ok {
				if bad := s.check(sub.(map[string]any), o[name]); bad != "" {
					return name + ": " + bad
				}
			}
		}
	case "items":
		list, _ := v.([]any)
		for _, e := range list {
			if bad := s.check(arg.(map[string]any), e); bad != "" {
				return bad
			}
		}
	case "allOf":
		for _, sub := range arg.([]any) {
			if bad := s.check(sub.(map[string]any), v); bad != "" {
				return bad
			}
		}
	case "if":
		if s.check(arg.(map[string]any), v) == "" {
			return s.check(rule["then"].(map[string]any), v)
		}
	default:
		return "the test does not know the keyword " + key
	}
	return ""
}

// bound compares whole numbers as texts, which have up to 20 digits.
func (s schema) bound(key string, limit json.Number, v any) string {
	n, ok := v.(json.Number)
	if !ok {
		return ""
	}
	if c := compareWhole(n.String(), limit.String()); key == "minimum" && c < 0 || key == "maximum" && c > 0 {
		return fmt.Sprintf("%v is beyond the %s %v", n, key, limit)
	}
	return ""
}

func compareWhole(a, b string) int {
	x, y := strings.HasPrefix(a, "-"), strings.HasPrefix(b, "-")
	switch {
	case x && !y:
		return -1
	case y && !x:
		return 1
	case x:
		return compareWhole(b[1:], a[1:])
	case len(a) != len(b):
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case []any:
		return "array"
	case json.Number:
		if !strings.ContainsAny(v.String(), ".eE") {
			return "integer"
		}
		return "number"
	}
	return "object"
}

func (s schema) line(t *testing.T, line []byte) string {
	t.Helper()
	var v any
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return s.check(s.root, v)
}

// TestSchema: what we write fits the schema, what the schema refuses the Decoder
// refuses too, and both know the same members.
func TestSchema(t *testing.T) {
	s := readSchema(t)
	for _, e := range everything() {
		line := AppendEntry(nil, e)
		if bad := s.line(t, line); bad != "" {
			t.Errorf("%s: %s", line, bad)
		}
		if _, ok := e.(*Unknown); ok {
			continue
		}
		var v map[string]any
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		known := s.root["$defs"].(map[string]any)[v["k"].(string)].(map[string]any)["properties"].(map[string]any)
		for name := range v {
			if known[name] == nil && name != "who" && name != "deep" {
				t.Errorf("the schema does not know %q of %q", name, v["k"])
			}
		}
	}
	for _, line := range []string{
		`{}`, `{"k":1}`, `{"k":"h2trace"}`, `{"k":"h2trace","version":2}`, `{"k":"h2trace","version":1,"title":5}`,
		`{"k":"h2trace","version":1,"seed":-1}`, `{"k":"h2trace","version":1,"seed":18446744073709551616}`, `{"k":"h2trace","version":1,"network":[]}`,
		`{"k":"conn"}`, `{"k":"conn","id":4294967296}`, `{"k":"conn","id":1.5}`, `{"k":"conn","id":1,"tls":"h2"}`, `{"k":"conn","id":1,"at":-1}`,
		`{"k":"chunk","conn":1,"dir":"up","octets":""}`, `{"k":"chunk","conn":1,"dir":"c2s"}`, `{"k":"chunk","conn":1,"dir":"c2s","octets":"A"}`,
		`{"k":"chunk","conn":1,"dir":"c2s","octets":"AAAA","rx":-2}`, `{"k":"cause","conn":1,"dir":"c2s"}`, `{"k":"close"}`, `{"k":"note","frame":-1}`,
		`{"k":"note","at":9223372036854775808}`, `{"k":"console","text":[]}`, `{"k":"fault","conn":1,"kind":1}`,
	} {
		if s.line(t, []byte(line)) == "" {
			t.Errorf("the schema takes %s", line)
		}
		record := line
		if !strings.Contains(line, "h2trace") {
			record = `{"k":"h2trace","version":1}` + "\n" + line
		}
		if _, err := Read(strings.NewReader(record)); err == nil {
			t.Errorf("the Decoder takes %s", line)
		}
	}
}
