//go:build js && wasm

package bridge

import (
	"syscall/js"

	"framewise/playground/model"
)

// worker is a Worker of the page with its callbacks.
type worker struct {
	v         js.Value
	onMessage js.Func
	onError   js.Func
}

func (w *worker) alive() bool { return w.v.Truthy() }

// take listens to a Worker. boot.js has kept what the Worker said before.
func (w *worker) take(v js.Value, say func(op string, data js.Value), failed func(string)) {
	w.v = v
	w.onMessage = js.FuncOf(func(_ js.Value, args []js.Value) any {
		data := args[0].Get("data")
		if op := data.Get("op"); op.Type() == js.TypeString {
			say(op.String(), data)
		}
		return nil
	})
	w.onError = js.FuncOf(func(_ js.Value, args []js.Value) any {
		text := "its script could not be loaded"
		if m := args[0].Get("message"); m.Truthy() {
			text = m.String()
		}
		failed(text)
		return nil
	})
	js.Global().Get("framewise").Call("attach", v, w.onMessage, w.onError)
}

func (w *worker) send(msg map[string]any, transfer ...any) {
	w.v.Call("postMessage", msg, transfer)
}

// end kills the Worker.
func (w *worker) end() {
	if !w.alive() {
		return
	}
	w.v.Set("onmessage", js.Null())
	w.v.Set("onerror", js.Null())
	w.v.Call("terminate")
	w.onMessage.Release()
	w.onError.Release()
	w.v = js.Undefined()
}

// session starts or stops the engine. Its Worker runs one session after the
// other; one that is at work, or has grown large, is ended.
func (b *Bridge) session(e model.Effect) {
	if b.busy {
		b.engine.end()
	}
	b.busy = false
	switch e := e.(type) {
	case model.RunProgram:
		b.seal(e.Sealed)
		task := map[string]any{
			"op": "run", "program": e.Program, "title": e.Title, "note": e.Note, "engine": b.boot.Get("version"), "seed": float64(e.Plan.Seed),
			"network": networkValue(e.Plan),
			"around":  aroundValue(e.Around),
		}
		if l := e.Listen; l.Relay != "" {
			task["listen"] = map[string]any{"relay": l.Relay, "port": l.Port, "server": l.Server}
		}
		b.start(e.Serial, task)
	case model.Tap:
		b.seal(false)
		b.start(e.Serial, map[string]any{"op": "tap", "relay": e.Relay, "target": e.Target, "port": e.Port})
	case model.Dial:
		b.seal(false)
		b.start(e.Serial, map[string]any{
			"op": "dial", "relay": e.Relay, "target": e.Target, "tls": e.TLS, "path": e.Path, "method": e.Method,
			"inTab": e.InTab, "trusted": e.Trusted,
		})
	}
}

// networkValue is a plan as h2-worker.js reads it.
func networkValue(p model.Plan) map[string]any {
	steps := []any{}
	for _, s := range p.Steps {
		v := map[string]any{"kind": s.Kind, "conn": float64(s.Conn), "dir": s.Dir, "frame": s.Frame, "heard": s.Heard, "offset": float64(s.Offset),
			"mask": int(s.Mask), "for": float64(s.For)}
		if s.Octets != nil {
			b := js.Global().Get("Uint8Array").New(len(s.Octets))
			js.CopyBytesToJS(b, s.Octets)
			v["octets"] = b
		}
		steps = append(steps, v)
	}
	return map[string]any{"latency": float64(p.Latency), "jitter": float64(p.Jitter), "bandwidth": float64(p.Bandwidth),
		"chunk": p.Chunk, "seed": float64(p.Seed), "steps": steps}
}

func aroundValue(a model.Around) map[string]any {
	v, names := map[string]any{}, map[string]any{}
	for name, code := range map[string]string{"before": a.Before, "open": a.Open, "after": a.After, "close": a.Close} {
		if code != "" {
			v[name] = code
		}
	}
	for name, meant := range a.Modules {
		names[name] = meant
	}
	v["modules"] = names
	return v
}

// start gives the engine a task, and makes an engine if there is none.
func (b *Bridge) start(serial int, task map[string]any) {
	b.serial = serial
	b.startInspect()
	if !b.inspect.alive() {
		b.post(model.RunBroke{Serial: serial, Message: "the analyser is not there to read the session"})
		return
	}
	if !b.engine.alive() || !b.joined.Equal(b.inspect.v) {
		b.newEngine()
	}
	// What a Worker said before may have been its last words.
	if !b.engine.alive() {
		return
	}
	task["id"] = serial
	b.busy = true
	b.engine.send(task)
}

// seal chooses the place where programs run: the page's own Worker, or one that
// reaches nothing.
func (b *Bridge) seal(sealed bool) {
	if b.sealed != sealed {
		b.sealed = sealed
		b.engine.end()
	}
}

// newEngine takes a fresh Worker and joins it with the analyser by a channel of
// their own.
func (b *Bridge) newEngine() {
	b.engine.end()
	place := "takeEngine"
	if b.sealed {
		place = "takeSealed"
	}
	b.engine.take(b.boot.Call(place), b.onEngine, b.engineFailed)
	if !b.engine.alive() {
		return
	}
	b.joined = b.inspect.v
	channel := js.Global().Get("MessageChannel").New()
	one, two := channel.Get("port1"), channel.Get("port2")
	b.inspect.send(map[string]any{"op": "port", "port": one}, one)
	b.engine.send(map[string]any{"op": "port", "port": two}, two)
}

// onEngine takes what the engine's Worker says about its session.
func (b *Bridge) onEngine(op string, data js.Value) {
	serial := number(data, "id")
	switch op {
	case "started":
		b.post(model.RunStarted{Serial: serial})
	case "done":
		b.ended(data)
		b.post(model.RunEnded{Serial: serial})
	case "failed":
		b.ended(data)
		b.post(model.RunBroke{Serial: serial, Message: text(data, "message"), Line: number(data, "line"), Col: number(data, "col")})
	case "keys":
		b.post(model.KeysTold{Serial: serial, Text: text(data, "text")})
	case "outside":
		b.outside(serial, data)
	case "dead":
		b.engineFailed(text(data, "message"))
	}
}

// outside passes on how a session with real programs stands.
func (b *Bridge) outside(serial int, data js.Value) {
	t := model.OutsideTold{Serial: serial, Address: text(data, "address"), Server: number(data, "server"), Open: number(data, "open"), Came: number(data, "came")}
	if list := data.Get("servers"); list.Truthy() {
		for i := range list.Length() {
			s := list.Index(i)
			t.Servers = append(t.Servers, model.ServerPort{Port: number(s, "port"), TLS: s.Get("tls").Truthy()})
		}
	}
	b.post(t)
}

// largeEngine is how much memory, in octets, an engine may keep for the next
// session: what a WASM program has grown to, it never gives back.
const largeEngine = 256 << 20

// ended says that the engine is free for the next session.
func (b *Bridge) ended(data js.Value) {
	if number(data, "id") != b.serial {
		return
	}
	b.busy = false
	if number(data, "memory") > largeEngine {
		b.engine.end()
	}
}

func (b *Bridge) engineFailed(text string) {
	b.engine.end()
	b.busy = false
	b.post(model.PartFailed{Part: model.PartH2, Text: text})
}

func text(v js.Value, name string) string {
	if s := v.Get(name); s.Type() == js.TypeString {
		return s.String()
	}
	return ""
}

func number(v js.Value, name string) int {
	if n := v.Get(name); n.Type() == js.TypeNumber {
		return n.Int()
	}
	return 0
}
