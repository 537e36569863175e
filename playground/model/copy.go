package model

// Copy puts a text into the clipboard; Copied answers it.
type Copy struct {
	Text string
	What string // what it is, in words: "The fingerprint"
}

// Copied says whether the browser let the page write to the clipboard.
type Copied struct {
	What string // that of Copy
	OK   bool
}

func (Copy) effect() {}
func (Copied) msg()  {}

// copied tells whoever pressed a button that copies.
func (m Model) copied(c Copied) Model {
	if c.OK {
		m.notice = notice{text: "Copied: " + c.What + "."}
		return m
	}
	m.notice = notice{text: "The browser did not let the page copy. Select the text and press Ctrl+C."}
	return m
}
