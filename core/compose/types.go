package compose

// Form is a frame as fields to fill in.
type Form struct {
	Fields []Field
	Whole  bool   // the fields make the very octets
	Why    string // why they don't, "": they do
}

// Field is one of them.
type Field struct {
	Key     string
	Label   string
	Value   string
	Kind    string   // "choice", "flag" (its value is "1" or ""), "line", "text" (several lines)
	Options []Option // of a choice
	Note    string
	Ref     string
}

// Option is one value of a choice.
type Option struct {
	Value string
	Text  string
}
