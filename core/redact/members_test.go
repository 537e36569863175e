package redact

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"framewise/core/trace"
)

// secret is planted in every text of every entry: no word, address or time.
const secret = "s3cret 7f1e"

// plantAll sets all texts and octets that a value holds, and makes what it points
// to. It tells their paths.
func plantAll(v reflect.Value, path string) []string {
	switch v.Kind() {
	case reflect.String:
		v.SetString(secret)
		return []string{path}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return plantAll(v.Elem(), path)
	case reflect.Struct:
		var all []string
		for i := range v.NumField() {
			all = append(all, plantAll(v.Field(i), path+"."+v.Type().Field(i).Name)...)
		}
		return all
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte(secret))
			return []string{path}
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		return plantAll(v.Index(0), path+"[]")
	case reflect.Map:
		k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		all := append(plantAll(k, path+"[key]"), plantAll(e, path+"[]")...)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(k, e)
		return all
	case reflect.Interface:
		panic(path + " can hold anything: say here what it holds")
	}
	return nil
}

// A member that somebody adds to a record is one that this package has to know.
func TestEveryMember(t *testing.T) {
	planted := 0
	for _, e := range []trace.Entry{&trace.Header{}, &trace.Conn{}, &trace.Chunk{}, &trace.Cause{}, &trace.Close{}, &trace.Console{}, &trace.Fault{}, &trace.Note{}, &trace.Unknown{}} {
		v := reflect.ValueOf(e).Elem()
		for i := range v.NumField() {
			one := reflect.New(v.Type())
			if h, ok := one.Interface().(*trace.Header); ok {
				h.Version, h.Language = 1, "js"
			}
			paths := plantAll(one.Elem().Field(i), fmt.Sprintf("%T.%s", e, v.Type().Field(i).Name))
			planted += len(paths)
			if h, ok := one.Interface().(*trace.Header); ok && h.Program != "" {
				h.Program = "x('" + secret + "') // " + secret // its words of JavaScript stay
			}
			out, _ := Record([]trace.Entry{one.Interface().(trace.Entry)}, Options{})
			for _, o := range out {
				line := trace.AppendEntry(nil, o)
				if got := holds(reflect.ValueOf(o)); got || bytes.Contains(line, []byte(secret)) {
					t.Errorf("a secret in one of %s stays: %s", strings.Join(paths, ", "), line)
				}
			}
		}
	}
	if planted < 30 {
		t.Errorf("only %d places were found", planted)
	}
	t.Logf("%d texts of records are looked at", planted)
}

// holds says whether the secret is anywhere in a value.
func holds(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return strings.Contains(v.String(), secret)
	case reflect.Pointer, reflect.Interface:
		return !v.IsNil() && holds(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if holds(v.Field(i)) {
				return true
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return bytes.Contains(v.Bytes(), []byte(secret))
		}
		for i := range v.Len() {
			if holds(v.Index(i)) {
				return true
			}
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			if holds(k) || holds(v.MapIndex(k)) {
				return true
			}
		}
	}
	return false
}
