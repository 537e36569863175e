package model

import (
	"strings"
	"testing"
)

// The switch decides what require('http2') means, also where an example asks
// for it by another name; it is kept, stands in the address, and a new example
// sets it back.
func TestAPISwitch(t *testing.T) {
	f := flags()
	f.Examples = append([]Example{}, f.Examples...)
	f.Examples = append(f.Examples, Example{Name: "third", Title: "third", Program: "x", Around: Around{Modules: map[string]string{"http": "http2"}}})
	d := open(t, f, push(t))
	if on := d.m.APIView().On; on != APISeed {
		t.Errorf("a fresh page has %q", on)
	}
	d.click(ActExample, "third", 0)
	if names := must[RunProgram](d).Around.Modules; names["http"] != "http2" || names["http2"] != "" {
		t.Errorf("the seed's module is loaded as %v", names)
	}
	d.done = nil
	d.click(ActAPI, string(APICurrent), 0)
	if names := must[RunProgram](d).Around.Modules; names["http"] != "http2/current" || names["http2"] != "http2/current" {
		t.Errorf("Node's module is loaded as %v", names)
	}
	if f.Examples[len(f.Examples)-1].Around.Modules["http"] != "http2" {
		t.Error("the example itself was changed")
	}
	if s := must[SaveSetting](d); s != (SaveSetting{SettingAPI, "current"}) {
		t.Errorf("kept is %+v", s)
	}
	address := must[SetURL](d).Fragment
	if !strings.Contains(address, "api=current") {
		t.Errorf("the address is %q", address)
	}
	g := f
	g.Fragment = address
	if m, _ := New(g); m.APIView().On != APICurrent {
		t.Error("the address does not bring Node's module back")
	}
	g = f
	g.Settings = map[string]string{SettingAPI: "current"}
	if m, _ := New(g); m.APIView().On != APICurrent {
		t.Error("what was kept does not bring Node's module back")
	}
	d.done = nil
	d.click(ActAPI, string(APICurrent), 0)
	d.click(ActAPI, "newest", 0)
	if _, ok := last[RunProgram](d); ok {
		t.Error("what is chosen already, or unknown, runs the program again")
	}
	d.click(ActExample, f.Examples[0].Name, 0)
	if d.m.APIView().On != APISeed || must[RunProgram](d).Around.Modules["http2"] != "" {
		t.Error("a new example keeps Node's module")
	}
}
