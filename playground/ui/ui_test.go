package ui

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"framewise/core/inspect/view"
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// desk answers the model's queries from the model's own recorded session.
type desk struct {
	record struct {
		Summary view.Summary
		Rows    view.Rows
		Details []view.Detail
	}
	done []model.Effect
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "model", "testdata", "push.json"))
	if err != nil {
		t.Fatal(err)
	}
	d := new(desk)
	if err := json.Unmarshal(b, &d.record); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) Do(e model.Effect, post func(model.Msg)) {
	d.done = append(d.done, e)
	switch e := e.(type) {
	case model.RunProgram:
		post(model.RunStarted{Serial: e.Serial})
		post(model.SummaryChanged{Summary: d.record.Summary})
		post(model.RunEnded{Serial: e.Serial})
	case model.QueryRows:
		rows := d.record.Rows
		rows.From, rows.Rows = e.From, rows.Rows[min(e.From, len(rows.Rows)):min(e.From+e.N, len(rows.Rows))]
		post(model.RowsArrived{ID: e.ID, Rows: rows, At: -1})
	case model.QueryDetail:
		post(model.DetailArrived{ID: e.ID, Detail: d.record.Details[e.Frame]})
	}
}

// page is a mounted page that has run the example.
func page(t *testing.T, width int) (*Shell, app.ClientDispatcher) {
	t.Helper()
	s := New(model.Flags{Width: width, Height: 900, Settings: map[string]string{},
		Examples: []model.Example{{Name: "server-push", Title: "server push", Program: "const a = 'x';\n"}}}, newDesk(t))
	d := app.NewClientTester(s)
	t.Cleanup(d.Close)
	for range 20 {
		d.Consume()
	}
	return s, d
}

func html(s *Shell) string {
	var b strings.Builder
	app.PrintHTML(&b, s)
	return b.String()
}

// look sends a message and returns the page as it is then.
func look(s *Shell, d app.ClientDispatcher, msgs ...model.Msg) string {
	for _, m := range msgs {
		s.post(m)
		for range 10 {
			d.Consume()
		}
	}
	return html(s)
}

func TestPage(t *testing.T) {
	s, d := page(t, 1440)
	first := look(s, d)
	for _, want := range []string{"PUSH_PROMISE", "1 → 2 · GET /app.css", "Why this frame?", "Promised Stream ID", "RFC 9113 §6.6",
		"reserved (remote)", "149 / 4,096 B", `data-frame="14"`, "session ended, 0 problems", "memory, 5ms each way"} {
		if !strings.Contains(first, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for what, c := range map[string]struct {
		msg  model.Msg
		want string
	}{
		"the table":      {model.Click{What: model.ActView, Arg: "frames"}, `"rows table"`},
		"the connection": {model.Click{What: model.ActPane, Arg: "connection"}, "MAX_CONCURRENT_STREAMS"},
		"the form":       {model.Click{What: model.ActMode, Arg: "dial"}, "dial-address"},
		"the sheet":      {model.Click{What: model.ActHelp}, "sheet-title"},
		"a failure":      {model.PartFailed{Part: model.PartInspect, Text: "out of memory"}, "out of memory"},
	} {
		if strings.Contains(first, c.want) {
			t.Errorf("%q is there before it is asked for", c.want)
		}
		if got := look(s, d, c.msg); !strings.Contains(got, c.want) {
			t.Errorf("%s is not shown", what)
		}
	}
}

var (
	styled  = regexp.MustCompile(`<[^>]*\s(style|on[a-z]+)=`)
	buttons = regexp.MustCompile(`(?s)<button([^>]*)>(.*?)</button>`)
	tags    = regexp.MustCompile(`<[^>]*>`)
)

// TestPolicy holds the page to its Content-Security-Policy, which allows no
// style attribute and no handler in an attribute, and buttons to a name.
func TestPolicy(t *testing.T) {
	for _, width := range []int{1440, 390} {
		s, d := page(t, width)
		for _, got := range []string{
			look(s, d),
			look(s, d, model.Click{What: model.ActPane, Arg: "hpack"}, model.Click{What: model.ActMode, Arg: "dial"}),
			look(s, d, model.Click{What: model.ActPane, Arg: "stream"}, model.Click{What: model.ActView, Arg: "frames"}, model.Click{What: model.ActHelp}),
		} {
			if bad := styled.FindString(got); bad != "" {
				t.Errorf("the policy forbids %s", bad)
			}
			found := buttons.FindAllStringSubmatch(got, -1)
			if len(found) < 10 {
				t.Fatalf("only %d buttons", len(found))
			}
			for _, b := range found {
				if !strings.Contains(b[1], "aria-label=") && strings.TrimSpace(tags.ReplaceAllString(b[2], "")) == "" {
					t.Errorf("a button without a name: %s", b[0])
				}
			}
		}
	}
}

// TestNoLogic keeps decisions out of this package: it imports nothing to search,
// sort, compute or decode with, and starts nothing.
func TestNoLogic(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			switch path := strings.Trim(i.Path.Value, `"`); path {
			case "fmt", "strconv", "unicode/utf16", "framewise/playground/model", "github.com/maxence-charriere/go-app/v9/pkg/app":
			default:
				t.Errorf("%s imports %s: what it is needed for belongs in playground/model", name, path)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if g, ok := n.(*ast.GoStmt); ok {
				t.Errorf("%s starts a goroutine at offset %d", name, g.Pos())
			}
			return true
		})
	}
}
