package model

import (
	"strconv"
	"strings"
)

// The filter language is the analyser's. The page only knows the term that its
// chips write: type:A|B.

const typeTerm = "type:"

// filterTypes are the types that a filter's type term names, and whether it
// has one.
func filterTypes(filter string) ([]string, bool) {
	for _, term := range strings.Fields(filter) {
		if types, ok := strings.CutPrefix(term, typeTerm); ok && types != "" {
			return strings.Split(types, "|"), true
		}
	}
	return nil, false
}

// toggleType puts a type in the filter's type term or takes it out.
func toggleType(filter, name string) string {
	var terms, types []string
	at := -1
	for _, term := range strings.Fields(filter) {
		if list, ok := strings.CutPrefix(term, typeTerm); ok && at < 0 {
			at = len(terms)
			types = strings.FieldsFunc(list, func(r rune) bool { return r == '|' })
			terms = append(terms, "")
			continue
		}
		terms = append(terms, term)
	}
	kept := types[:0:0]
	for _, t := range types {
		if !strings.EqualFold(t, name) {
			kept = append(kept, t)
		}
	}
	if len(kept) == len(types) {
		kept = append(kept, name)
	}
	switch {
	case at < 0:
		terms = append(terms, typeTerm+name)
	case len(kept) == 0:
		terms = append(terms[:at], terms[at+1:]...)
	default:
		terms[at] = typeTerm + strings.Join(kept, "|")
	}
	return strings.Join(terms, " ")
}

// filterError takes the analyser's answer to a filter that it can't read apart:
// "filter, character 5: …" or a place of its own.
func filterError(a RowsArrived) (text string, at int) {
	rest, ok := strings.CutPrefix(a.Err, "filter, character ")
	if !ok {
		return a.Err, a.At
	}
	number, reason, ok := strings.Cut(rest, ": ")
	n, err := strconv.Atoi(number)
	if !ok || err != nil {
		return a.Err, a.At
	}
	return reason, n - 1
}
