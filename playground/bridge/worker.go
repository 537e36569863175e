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

// session starts or stops the engine. Each session gets a Worker of its own:
// boot.js keeps a fresh one ready, so that it costs no time.
func (b *Bridge) session(e model.Effect) {
	b.engine.end()
	switch e := e.(type) {
	case model.RunProgram:
		b.newEngine(e.Serial, map[string]any{
			"op": "run", "program": e.Program, "title": e.Title, "seed": float64(e.Seed),
			"network": map[string]any{"latency": float64(e.Latency), "bandwidth": 0},
		})
	case model.Dial:
		b.newEngine(e.Serial, map[string]any{
			"op": "dial", "relay": e.Relay, "target": e.Target, "tls": e.TLS, "path": e.Path, "method": e.Method,
		})
	}
}

// newEngine joins a fresh engine with the analyser by a channel of their own
// and gives it its task.
func (b *Bridge) newEngine(serial int, task map[string]any) {
	b.serial = serial
	b.startInspect()
	b.engine.take(b.boot.Call("takeEngine"),
		func(op string, data js.Value) { b.onEngine(serial, op, data) },
		func(text string) { b.engineFailed(serial, text) })
	// What a Worker said before may have been its last words.
	if !b.engine.alive() {
		return
	}
	if !b.inspect.alive() {
		b.engine.end()
		b.post(model.RunBroke{Serial: serial, Message: "the analyser is not there to read the session"})
		return
	}
	channel := js.Global().Get("MessageChannel").New()
	one, two := channel.Get("port1"), channel.Get("port2")
	b.inspect.send(map[string]any{"op": "port", "port": one}, one)
	b.engine.send(map[string]any{"op": "port", "port": two}, two)
	b.engine.send(task)
}

// onEngine takes what the engine's Worker says about its session.
func (b *Bridge) onEngine(serial int, op string, data js.Value) {
	switch op {
	case "started":
		b.post(model.RunStarted{Serial: serial})
	case "done":
		b.post(model.RunEnded{Serial: serial})
	case "failed":
		b.post(model.RunBroke{Serial: serial, Message: text(data, "message"), Line: number(data, "line"), Col: number(data, "col")})
	}
}

func (b *Bridge) engineFailed(serial int, text string) {
	if serial != b.serial {
		return
	}
	b.engine.end()
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
