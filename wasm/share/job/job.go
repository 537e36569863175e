// Package job makes what leaves the page of a record: a file in one of
// core/convert/export's formats, redacted by core/redact unless somebody asked
// for its secrets, and a report of what went and what stayed.
//
//	j := job.New(options)
//	for each piece {
//		j.Feed(piece)
//		use(j.Take())
//	}
//	j.End()
//	for j.Step() {
//		use(j.Take())
//	}
//	use(j.Take())
//	result := j.Result()
//
// The record comes and the file goes in pieces, so that a page can show how far
// it is and stop. The same record and options give the same octets however the
// record is cut.
package job

import (
	"bytes"
	"cmp"
	"errors"
	"slices"

	"framewise/core/convert/export"
	"framewise/core/redact"
	"framewise/core/trace"
)

// Options say what is made. As JSON they come from the page.
type Options struct {
	// Format is that of the file. A frame script of the server's side has the
	// side "server".
	Format export.Format `json:"format"`
	Side   string        `json:"side"`
	// Redact takes out what is nobody else's business; see redact.Options for
	// what can stay all the same.
	Redact  bool     `json:"redact"`
	Fields  []string `json:"fields"`
	Notes   bool     `json:"notes"`
	Program bool     `json:"program"`
	// Title and Note take the place of the record's own and are kept as they
	// are: whoever shares has written them for this.
	Title *string `json:"title"`
	Note  *string `json:"note"`
	// Examples asks for what stands in the place of what went.
	Examples bool `json:"examples"`
}

// Result says what was made.
type Result struct {
	Report   *redact.Report `json:"report"`   // nil when nothing was redacted
	Examples []Example      `json:"examples"` // when they were asked for
	Broken   string         `json:"broken"`   // why the record's end is missing, "" when it is not
	Error    string         `json:"error"`    // why there is no file
}

// Job is a file on its way. Make one with New.
type Job struct {
	o        Options
	d        trace.Decoder
	redactor *redact.Redactor // nil: nothing is redacted
	w        *export.Writer
	out      bytes.Buffer
	show     *examples // nil: nobody asked
	taken    int       // entries that were written
	broken   error     // of the record
	failed   error     // of the file
}

// New begins a file.
func New(o Options) *Job {
	j := &Job{o: o}
	j.w = export.NewWriter(&j.out, o.Format, export.Options{Server: o.Side == "server", Generator: "Framewise"})
	if o.Redact {
		j.redactor = redact.New(redact.Options{Fields: o.Fields, Notes: o.Notes, Program: o.Program})
	}
	if o.Examples {
		j.show = newExamples()
	}
	return j
}

// Feed takes the next octets of the record. What stands behind a place that
// can't be read is left out, and Result says so.
func (j *Job) Feed(piece []byte) {
	if j.over() {
		return
	}
	j.d.Push(piece)
	j.drain()
}

// End says that there are no more.
func (j *Job) End() {
	if !j.over() {
		if err := j.d.Finish(); err != nil {
			j.broken = err
		}
		j.drain()
	}
	if j.redactor != nil {
		j.redactor.Finish()
		j.redacted()
	}
}

func (j *Job) over() bool { return j.broken != nil || j.failed != nil }

// drain takes up the entries that are there.
func (j *Job) drain() {
	for !j.over() {
		e, ok, err := j.d.Next()
		if err != nil {
			j.broken = err
			return
		}
		if !ok {
			return
		}
		j.entry(e)
	}
}

// entry redacts an entry, or not, and has it written.
func (j *Job) entry(e trace.Entry) {
	if h, ok := e.(*trace.Header); ok {
		h = j.own(h)
		if e = h; j.redactor == nil {
			j.sign(h)
		}
	}
	if j.redactor == nil {
		j.put(e)
		return
	}
	j.redactor.Push(e)
	j.redacted()
}

func (j *Job) redacted() {
	for e, ok := j.redactor.Next(); ok; e, ok = j.redactor.Next() {
		if h, ok := e.(*trace.Header); ok {
			j.sign(h)
		}
		j.put(e)
	}
}

// own is a record's header without the texts that others take the place of.
func (j *Job) own(h *trace.Header) *trace.Header {
	c := *h
	if j.o.Title != nil {
		c.Title = ""
	}
	if j.o.Note != nil {
		c.Note = ""
	}
	return &c
}

// sign writes those texts.
func (j *Job) sign(h *trace.Header) {
	if j.o.Title != nil {
		h.Title = *j.o.Title
	}
	if j.o.Note != nil {
		h.Note = *j.o.Note
	}
}

// put writes an entry. One that stands at the wrong place ends the record, as it
// does on the page.
func (j *Job) put(e trace.Entry) {
	if j.over() {
		return
	}
	if j.show != nil {
		j.show.feed(e)
	}
	if err := j.w.Feed(e); err != nil {
		j.broken = err
		return
	}
	j.taken++
}

// Step writes a part of the file; false means that it was the last one.
func (j *Job) Step() bool {
	if j.failed != nil {
		return false
	}
	more, err := j.w.Step()
	if err != nil {
		j.failed = err
	}
	return more && err == nil
}

// Progress is how much of the record was written by Step, and how much there is,
// in frames or entries: 0 before the first Step.
func (j *Job) Progress() (done, of int) { return j.w.Progress() }

// Take is what was written since the last Take. It is void with the next call.
func (j *Job) Take() []byte {
	b := j.out.Bytes()
	j.out.Reset()
	return b
}

// Result says what was made, when Step has returned false.
func (j *Job) Result() Result {
	r := Result{Examples: []Example{}}
	if j.broken != nil {
		r.Broken = j.broken.Error()
	}
	switch {
	case j.broken != nil && (j.taken == 0 || errors.Is(j.failed, export.ErrNothing)):
		r.Error = "nothing of the record can be read: " + r.Broken
	case j.failed != nil:
		r.Error = j.failed.Error()
	}
	if j.redactor == nil {
		return r
	}
	report := j.redactor.Report()
	for _, own := range []struct {
		place string
		text  *string
	}{{"title", j.o.Title}, {"note", j.o.Note}} {
		if own.text != nil && *own.text != "" {
			report.Kept = append(report.Kept, redact.Item{Kind: redact.KindRemark, Name: own.place, Count: 1, Octets: len(*own.text)})
		}
	}
	slices.SortStableFunc(report.Kept, func(a, b redact.Item) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	r.Report = &report
	if j.show != nil {
		r.Examples = j.show.of(report.Gone)
	}
	return r
}
