package ui

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"framewise/playground/model"
)

var (
	tag   = regexp.MustCompile(`<(/?)([a-z0-9]+)((?:[^>"]|"(?:[^"\\]|\\.)*")*)>`)
	attr  = regexp.MustCompile(`[a-z-]+(?:="(?:[^"\\]|\\.)*")?`)
	names = regexp.MustCompile(`class="([^"]*)"`)
)

// seen is what can be seen of the inspector: its elements, one a line with what
// follows it, without hidden ones.
func seen(page string) string {
	from, to := strings.Index(page, `<section aria-label="Inspector"`), strings.LastIndex(page, "</section>")
	if from < 0 { // attributes have no order
		from = strings.LastIndex(page[:strings.Index(page, `"inspector"`)], "<section")
	}
	page = page[from:to]
	var b strings.Builder
	depth, hidden := 0, 0 // hidden: the depth of the element that is, 0: none
	at := tag.FindAllStringSubmatchIndex(page, -1)
	for i, m := range at {
		name, closing := page[m[4]:m[5]], m[2] != m[3]
		attributes := attr.FindAllString(page[m[6]:m[7]], -1)
		slices.Sort(attributes)
		if !closing && name != "input" {
			depth++
			class := names.FindStringSubmatch(page[m[6]:m[7]])
			if hidden == 0 && class != nil && slices.Contains(strings.Fields(class[1]), "gone") {
				hidden = depth
			}
		}
		end := len(page)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		was := hidden
		if closing {
			if depth == hidden {
				hidden = 0
			}
			depth--
		}
		if was == 0 && !closing {
			b.WriteString(name + " " + strings.Join(attributes, " ") + " ")
		}
		if text := strings.TrimSpace(page[m[1]:end]); hidden == 0 && text != "" {
			b.WriteString(text)
		}
		if was == 0 {
			b.WriteString("\n")
		}
	}
	return b.String()
}

// However one came to a frame, the inspector shows the same: nothing of the
// frames before is left in what can be seen.
func TestInspectorHoldsNothingBack(t *testing.T) {
	for _, pane := range []string{"frame", "hpack", "stream", "connection"} {
		walked, d := page(t, 1440)
		look(walked, d, model.Click{What: model.ActPane, Arg: pane})
		frames := len(newDesk(t).record.Details)
		for i := range 2 * frames {
			frame := i * 5 % frames // up and down, each frame after several others
			there := model.Click{What: model.ActSelect, N: frame}
			got := seen(look(walked, d, there))
			fresh, d := page(t, 1440)
			want := seen(look(fresh, d, model.Click{What: model.ActPane, Arg: pane}, there))
			if !strings.Contains(want, "Frame ") || len(want) < 400 {
				t.Fatalf("too little is seen of frame %d: %s", frame+1, want)
			}
			if got != want {
				t.Fatalf("%s, frame %d after others:\n%s\nat once:\n%s", pane, frame+1, got, want)
			}
		}
	}
}
