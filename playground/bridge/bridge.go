//go:build js && wasm

package bridge

import (
	"bytes"
	"encoding/json"
	"strconv"
	"syscall/js"

	"framewise/core/inspect/view"
	"framewise/playground/model"
)

// Bridge carries out effects. It is used from the page's goroutine; what it
// posts may come from callbacks of the browser.
type Bridge struct {
	boot    js.Value // what boot.js left: Workers, addresses
	post    func(model.Msg)
	inspect worker
	engine  worker
	sealed  bool     // engine reaches nothing: it runs somebody else's program
	serial  int      // of the session that engine runs
	busy    bool     // it has not ended
	joined  js.Value // the analyser's Worker that engine sends to
	started bool
	record  int         // number of the record that the last summary was of
	asked   map[int]ask // queries that the analyser has not answered
	places  map[int]any // where answers to model.Query are read into
	others  others      // a second record to compare with
	address string      // the fragment that the page's address is about to get
	writing bool        // a timer is set that writes it
}

// ask is what a query was about, to make the right message of its answer.
type ask byte

const (
	askRows ask = iota
	askDetail
	askDensity
	askFind
	askComplete
	askQuestion
)

// New takes over what boot.js has begun.
func New() *Bridge {
	return &Bridge{boot: js.Global().Get("framewise"), asked: map[int]ask{}, places: map[int]any{}}
}

// Do carries out an effect; its answer, if there is one, goes to post.
func (b *Bridge) Do(e model.Effect, post func(model.Msg)) {
	b.post = post
	b.begin()
	switch e := e.(type) {
	case model.QueryRows:
		b.ask(e.ID, askRows, request{Op: "rows", Record: e.Record, From: e.From, N: e.N, Conn: e.Conn, Filter: e.Filter,
			Sort: e.Sort, Desc: e.Desc, Collapse: e.Collapse, Open: numbers(e.Open)})
	case model.QueryDetail:
		b.ask(e.ID, askDetail, request{Op: "detail", Record: e.Record, Frame: e.Frame})
	case model.QueryDensity:
		b.ask(e.ID, askDensity, request{Op: "density", Record: e.Record, Buckets: e.Buckets})
	case model.QueryFind:
		b.ask(e.ID, askFind, request{Op: "find", Record: e.Record, Frame: e.From, Back: e.Back, Filter: e.Filter, What: e.What, Conn: e.Conn})
	case model.QueryComplete:
		b.ask(e.ID, askComplete, request{Op: "complete", Filter: e.Filter, Cursor: e.Cursor})
	case model.Query:
		b.question(e)
	case model.RunProgram, model.Dial, model.Tap, model.Stop:
		b.session(e)
	case model.ChooseServer:
		b.engine.send(map[string]any{"op": "choose", "id": e.Serial, "server": e.Port})
	case model.ProbeRelay:
		b.probe(e.Relay)
	case model.SaveSetting:
		saveSetting(e.Key, e.Value)
	case model.After:
		b.after(e)
	case model.SetURL:
		b.setURL(e)
	case model.PushURL:
		b.pushURL(e)
	case model.Copy:
		b.copyText(e)
	case model.SaveFile, model.SaveDrawing, model.SaveView, model.PrintDrawings:
		b.export(e)
	case model.StartShare, model.CancelShare, model.SaveShare, model.ShareBeside, model.DropShare:
		b.share(e)
	case model.WriteLink, model.PostShare, model.StopPost, model.RemoveShare, model.OpenLink:
		b.links(e)
	case model.CompareWith:
		b.compareWith(e)
	case model.PinRecord:
		b.inspect.send(map[string]any{"op": "pin"})
	case model.ChooseFile:
		b.chooseFile(e)
	case model.PickText:
		b.pickText(e)
	case model.SaveRecord, model.PickFile, model.ReadFile, model.CancelFile:
		b.file(e)
	case model.ApplyUpdate:
		b.boot.Call("applyUpdate")
	default:
		onPage(e)
	}
}

// begin starts to listen to the Workers, once.
func (b *Bridge) begin() {
	if b.started {
		return
	}
	b.started = true
	b.startInspect()
	b.listenForFiles()
	b.boot.Call("watchUpdates", js.FuncOf(func(js.Value, []js.Value) any {
		b.post(model.UpdateReady{})
		return nil
	}))
	b.watchFiles()
	// Who goes back or forward is at another step: what waits to be written was
	// meant for the last one.
	js.Global().Call("addEventListener", "popstate", js.FuncOf(func(js.Value, []js.Value) any {
		b.writing = false
		return nil
	}))
	dark := js.Global().Call("matchMedia", "(prefers-color-scheme: dark)")
	dark.Call("addEventListener", "change", js.FuncOf(func(_ js.Value, args []js.Value) any {
		b.post(model.SystemTheme{Dark: args[0].Get("matches").Bool()})
		return nil
	}))
}

// startInspect makes sure that there is an analyser.
func (b *Bridge) startInspect() {
	if !b.inspect.alive() {
		b.inspect.take(b.boot.Call("takeInspect"), b.onInspect, b.inspectGone)
	}
}

// request is a question to the analyser, as wasm/inspect reads it.
type request struct {
	Op      string `json:"op"`
	From    int    `json:"from"`
	N       int    `json:"n,omitempty"`
	Conn    uint32 `json:"conn,omitempty"`
	Filter  string `json:"filter,omitempty"`
	Frame   int    `json:"frame"`
	Buckets int    `json:"buckets,omitempty"`
	Back    bool   `json:"back,omitempty"`
	What    string `json:"what,omitempty"`
	Cursor  int    `json:"cursor,omitempty"`

	Record   int    `json:"record,omitempty"`
	Stream   uint32 `json:"stream,omitempty"`
	Dir      string `json:"dir,omitempty"`
	Since    int64  `json:"since,omitempty"`
	Until    int64  `json:"until,omitempty"`
	Sort     string `json:"sort,omitempty"`
	Desc     bool   `json:"desc,omitempty"`
	Collapse bool   `json:"collapse,omitempty"`

	Open json.RawMessage `json:"open,omitempty"`
	Text string          `json:"text,omitempty"`
}

// question asks what a view wants to know.
func (b *Bridge) question(q model.Query) {
	place := model.NewAnswer(q.Op)
	if place == nil {
		b.post(model.Answered{ID: q.ID, Err: "the page has no place for the answer to " + strconv.Quote(q.Op), At: -1})
		return
	}
	b.places[q.ID] = place
	b.ask(q.ID, askQuestion, request{Op: q.Op, Record: q.Record, Conn: q.Conn, Stream: q.Stream, Dir: q.Dir, Frame: q.Frame,
		From: q.From, N: q.N, What: q.What, Buckets: q.Buckets, Since: q.Since, Until: q.Until, Filter: q.Filter, Sort: q.Sort, Desc: q.Desc,
		Collapse: q.Collapse, Open: numbers(q.Open), Text: q.Text})
}

// numbers is a row of numbers with commas between as JSON, nil for none.
func numbers(list string) json.RawMessage {
	if list == "" {
		return nil
	}
	return json.RawMessage("[" + list + "]")
}

// replied makes the message of an answer to a question.
func (b *Bridge) replied(id int, text []byte) model.Msg {
	place := b.places[id]
	delete(b.places, id)
	m := model.Answered{ID: id, At: -1}
	r, err := refused(text)
	if err == nil && r.Error == "" {
		err = json.Unmarshal(text, place)
	}
	switch {
	case err != nil:
		m.Err = "the analyser's answer can't be read: " + err.Error()
	case r.Error != "":
		m.Err, m.At = r.Error, r.place()
	default:
		m.Value = place
	}
	return m
}

func (b *Bridge) ask(id int, what ask, r request) {
	if !b.inspect.alive() {
		return
	}
	text, err := json.Marshal(r)
	if err != nil {
		return
	}
	b.asked[id] = what
	b.inspect.send(map[string]any{"op": "query", "id": id, "text": string(text)})
}

// onInspect takes what the analyser's Worker says.
func (b *Bridge) onInspect(op string, data js.Value) {
	switch op {
	case "changed":
		var s view.Summary
		if err := json.Unmarshal(octets(data.Get("bytes")), &s); err != nil {
			b.inspectFailed("its summary can't be read: " + err.Error())
			return
		}
		if n := number(data, "record"); n != b.record {
			b.record = n
			b.post(model.RecordBegan{})
		}
		b.post(model.SummaryChanged{Summary: s})
	case "file":
		b.fileRead(data)
	case "answer":
		id := data.Get("id").Int()
		what, ok := b.asked[id]
		if !ok {
			return
		}
		delete(b.asked, id)
		if what == askQuestion {
			b.post(b.replied(id, octets(data.Get("bytes"))))
			return
		}
		b.post(answer(id, what, octets(data.Get("bytes"))))
	case "other":
		b.otherRead(data)
	case "over":
		b.post(model.RunOver{Serial: number(data, "id")})
	case "failed":
		b.inspectFailed(data.Get("message").String())
	}
}

// inspectFailed says that the analyser ended. Its Worker is kept: the reset that
// begins the next session starts another analyser in it.
func (b *Bridge) inspectFailed(text string) {
	clear(b.asked)
	clear(b.places)
	b.post(model.PartFailed{Part: model.PartInspect, Text: text})
}

// inspectGone says that there is no Worker; the next session makes a new one.
func (b *Bridge) inspectGone(text string) {
	b.inspect.end()
	b.inspectFailed(text)
}

// refusal is what an answer is when the question could not be answered: why,
// and for a filter the character.
type refusal struct {
	Error string
	Pos   *int
}

// refused reads a refusal; the zero value for an answer. A refusal begins with
// its reason: nothing else is read twice.
func refused(text []byte) (r refusal, err error) {
	if bytes.HasPrefix(text, []byte(`{"Error":`)) {
		err = json.Unmarshal(text, &r)
	}
	return r, err
}

// place is the character that the refusal is about, -1 for none.
func (r refusal) place() int {
	if r.Pos == nil {
		return -1
	}
	return *r.Pos
}

// answer makes a message of the analyser's answer.
func answer(id int, what ask, text []byte) model.Msg {
	problem := ""
	r, err := refused(text)
	if err != nil {
		problem = "the analyser's answer can't be read: " + err.Error()
	} else {
		problem = r.Error
	}
	read := func(v any) {
		if problem != "" {
			return
		}
		if err := json.Unmarshal(text, v); err != nil {
			problem = "the analyser's answer can't be read: " + err.Error()
		}
	}
	switch what {
	case askDetail:
		m := model.DetailArrived{ID: id}
		read(&m.Detail)
		m.Err = problem
		return m
	case askFind:
		m := model.FoundArrived{ID: id, At: -1}
		read(&m.Found)
		m.Err, m.At = problem, r.place()
		return m
	case askComplete:
		m := model.CompletionArrived{ID: id}
		read(&m.Completion)
		m.Err = problem
		return m
	case askDensity:
		m := model.DensityArrived{ID: id}
		read(&m.Density)
		m.Err = problem
		return m
	}
	m := model.RowsArrived{ID: id}
	read(&m.Rows)
	m.Err, m.At = problem, r.place()
	return m
}

// octets copies an ArrayBuffer.
func octets(buffer js.Value) []byte {
	if !buffer.Truthy() {
		return nil
	}
	array := buffer
	if !buffer.InstanceOf(js.Global().Get("Uint8Array")) {
		array = js.Global().Get("Uint8Array").New(buffer)
	}
	out := make([]byte, array.Get("length").Int())
	js.CopyBytesToGo(out, array)
	return out
}

func (b *Bridge) after(e model.After) {
	var f js.Func
	f = js.FuncOf(func(js.Value, []js.Value) any {
		f.Release()
		b.post(model.Ticked{Tick: e.Tick})
		return nil
	})
	js.Global().Call("setTimeout", f, e.Millis)
}

// urlPause is how long the address waits for the next change, in milliseconds:
// browsers refuse too many changes a second, and dragging makes many.
const urlPause = 150

func (b *Bridge) setURL(e model.SetURL) {
	b.address = e.Fragment
	if b.writing {
		return
	}
	b.writing = true
	var f js.Func
	f = js.FuncOf(func(js.Value, []js.Value) any {
		f.Release()
		if b.writing {
			b.writing = false
			writeURL("replaceState", b.address)
		}
		return nil
	})
	js.Global().Call("setTimeout", f, urlPause)
}

// pushURL makes a step of the history: the page's state up to now stays in the
// step before.
func (b *Bridge) pushURL(e model.PushURL) {
	if b.writing {
		b.writing = false
		writeURL("replaceState", b.address)
	}
	b.address = e.Fragment
	writeURL("pushState", e.Fragment)
}

// writeURL puts the fragment in the address, unless it is there.
func writeURL(verb, fragment string) {
	address := js.Global().Get("URL").New(js.Global().Get("location").Get("href"))
	was := address.Get("href").String()
	address.Set("hash", fragment)
	if address.Get("href").String() != was {
		js.Global().Get("history").Call(verb, js.Null(), "", address)
	}
}

// probe asks for a relay: it opens a WebSocket that names no target, which a
// relay answers with a refusal, and nothing else does.
func (b *Bridge) probe(relay string) {
	ws, err := newWebSocket(relay)
	if err != nil {
		b.post(model.RelayProbed{Relay: relay, Text: "This address can't be opened: " + err.Error()})
		return
	}
	var onMessage, onClose js.Func
	done := func(ok bool, text string) {
		onMessage.Release()
		onClose.Release()
		for _, name := range []string{"onmessage", "onclose", "onerror"} {
			ws.Set(name, js.Null())
		}
		ws.Call("close")
		b.post(model.RelayProbed{Relay: relay, OK: ok, Text: text})
	}
	onMessage = js.FuncOf(func(_ js.Value, args []js.Value) any {
		var a struct{ OK *bool }
		data := args[0].Get("data")
		if data.Type() == js.TypeString && json.Unmarshal([]byte(data.String()), &a) == nil && a.OK != nil {
			done(true, "")
			return nil
		}
		done(false, "What answers at "+strconv.Quote(relay)+" is no relay.")
		return nil
	})
	onClose = js.FuncOf(func(js.Value, []js.Value) any {
		done(false, "No relay answers at "+relay+", or this page may not connect there. A page has no sockets of its own, so real servers are out of reach.")
		return nil
	})
	ws.Set("onmessage", onMessage)
	ws.Set("onclose", onClose)
	ws.Set("onerror", onClose) // a socket that the page's policy forbids has no close event
}

func newWebSocket(address string) (ws js.Value, err error) {
	defer caught(&err)
	return js.Global().Get("WebSocket").New(address), nil
}

// caught turns a JavaScript exception into an error.
func caught(err *error) {
	if r := recover(); r != nil {
		e, ok := r.(js.Error)
		if !ok {
			panic(r)
		}
		*err = e
	}
}
