package ask

import "framewise/core/inspect/view"

func detail(e *encoder, v *view.Detail) {
	e.open('{')
	e.key("Row")
	row(e, &v.Row)
	e.str("Title", v.Title)
	e.str("Ref", v.Ref)
	e.str("What", v.What)
	e.octets("Octets", v.Octets)
	list(e, "Spans", v.Spans, span)
	e.key("Block")
	block(e, v.Block)
	list(e, "Effects", v.Effects, effect)
	e.key("Why")
	why(e, &v.Why)
	list(e, "Tables", v.Tables, table)
	e.key("Stream")
	stream(e, v.Stream)
	e.key("Promised")
	stream(e, v.Promised)
	e.key("At")
	e.open('[')
	for _, at := range v.At {
		e.next()
		appendNum(e, at)
	}
	e.close(']')
	list(e, "Windows", v.Windows, window)
	list(e, "Settings", v.Settings, settings)
	list(e, "Problems", v.Problems, problem)
	num(e, "Version", v.Version)
	e.close('}')
}

func span(e *encoder, v *view.Span) {
	e.open('{')
	num(e, "Off", v.Off)
	num(e, "Len", v.Len)
	num(e, "Parent", v.Parent)
	e.str("Name", v.Name)
	e.str("Value", v.Value)
	e.str("Note", v.Note)
	e.str("Ref", v.Ref)
	num(e, "Color", v.Color)
	num(e, "Rep", v.Rep)
	num(e, "Mask", v.Mask)
	e.close('}')
}

func block(e *encoder, v *view.Block) {
	if v == nil {
		e.null()
		return
	}
	e.open('{')
	num(e, "Octets", v.Octets)
	num(e, "Plain", v.Plain)
	num(e, "Saved", v.Saved)
	e.bool("Complete", v.Complete)
	list(e, "Frames", v.Frames, func(e *encoder, n *int) { appendNum(e, *n) })
	list(e, "Reps", v.Reps, rep)
	e.str("Error", v.Error)
	e.close('}')
}

func rep(e *encoder, v *view.Rep) {
	e.open('{')
	num(e, "Frame", v.Frame)
	num(e, "Off", v.Off)
	num(e, "Len", v.Len)
	e.str("Hex", v.Hex)
	e.str("Kind", v.Kind)
	e.str("Ref", v.Ref)
	num(e, "Index", v.Index)
	e.str("IndexFrom", v.IndexFrom)
	e.str("Name", v.Name)
	e.str("Value", v.Value)
	num(e, "NameHuff", v.NameHuff)
	num(e, "ValueHuff", v.ValueHuff)
	e.str("Text", v.Text)
	e.bool("Inserted", v.Inserted)
	num(e, "Evicted", v.Evicted)
	num(e, "Size", v.Size)
	e.close('}')
}

func effect(e *encoder, v *view.Effect) {
	e.open('{')
	e.str("At", v.At)
	e.str("Text", v.Text)
	e.str("Ref", v.Ref)
	e.str("Kind", v.Kind)
	e.close('}')
}

func why(e *encoder, v *view.Why) {
	e.open('{')
	num(e, "Line", v.Line)
	e.str("Call", v.Call)
	e.str("Rule", v.Rule)
	e.str("Text", v.Text)
	e.str("Ref", v.Ref)
	e.close('}')
}

func table(e *encoder, v *view.Table) {
	e.open('{')
	e.str("Dir", v.Dir)
	num(e, "Size", v.Size)
	num(e, "MaxSize", v.MaxSize)
	list(e, "Entries", v.Entries, tableEntry)
	num(e, "Inserted", v.Inserted)
	list(e, "Evicted", v.Evicted, tableEntry)
	e.close('}')
}

func tableEntry(e *encoder, v *view.TableEntry) {
	e.open('{')
	num(e, "Index", v.Index)
	e.str("Name", v.Name)
	e.str("Value", v.Value)
	num(e, "Size", v.Size)
	num(e, "Frame", v.Frame)
	e.close('}')
}

func stream(e *encoder, v *view.Stream) {
	if v == nil {
		e.null()
		return
	}
	e.open('{')
	num(e, "ID", v.ID)
	e.str("Client", v.Client)
	e.str("Server", v.Server)
	list(e, "Before", v.Before[:], func(e *encoder, s *string) { e.text(*s) })
	list(e, "ClientPath", v.ClientPath, step)
	list(e, "ServerPath", v.ServerPath, step)
	e.str("Request", v.Request)
	e.str("Status", v.Status)
	e.close('}')
}

func step(e *encoder, v *view.Step) {
	e.open('{')
	e.str("State", v.State)
	e.str("By", v.By)
	num(e, "Frame", v.Frame)
	e.close('}')
}

func window(e *encoder, v *view.Window) {
	e.open('{')
	num(e, "Stream", v.Stream)
	e.str("Dir", v.Dir)
	num(e, "Sender", v.Sender)
	num(e, "Recv", v.Recv)
	num(e, "Size", v.Size)
	num(e, "Changed", v.Changed)
	e.close('}')
}

func settings(e *encoder, v *view.SettingsInForce) {
	e.open('{')
	e.str("End", v.End)
	list(e, "Values", v.Values, setting)
	e.close('}')
}

func setting(e *encoder, v *view.SettingValue) {
	e.open('{')
	num(e, "AtPeer", v.AtPeer)
	e.str("Name", v.Name)
	e.bool("Default", v.Default)
	num(e, "Value", v.Value)
	e.bool("Pending", v.Pending)
	num(e, "Next", v.Next)
	e.str("Ref", v.Ref)
	e.close('}')
}
