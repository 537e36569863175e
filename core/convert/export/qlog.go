package export

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"framewise/core/frame"
	"framewise/core/inspect/view"
	"framewise/core/trace"
)

// schema names the events that docs/qlog-http2.md describes.
const schema = "urn:framewise:qlog:events:http2-00"

// The parts of a qlog file as JSON text sequences
// (draft-ietf-quic-qlog-main-schema).
type (
	qlogHead struct {
		Schema  string    `json:"file_schema"`
		Format  string    `json:"serialization_format"`
		Title   string    `json:"title,omitempty"`
		Text    string    `json:"description,omitempty"`
		Trace   qlogTrace `json:"trace"`
		Creator string    `json:"generator,omitempty"`
	}
	qlogTrace struct {
		Common  qlogCommon  `json:"common_fields"`
		Vantage qlogVantage `json:"vantage_point"`
		Schemas []string    `json:"event_schemas"`
	}
	qlogCommon struct {
		Protocols []string `json:"protocol_types"`
		Format    string   `json:"time_format"`
		Reference qlogTime `json:"reference_time"`
	}
	qlogTime struct {
		Clock string `json:"clock_type"`
		Epoch string `json:"epoch"`
		Wall  string `json:"wall_clock_time,omitempty"`
	}
	qlogVantage struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	qlogConn struct {
		Client  string   `json:"client"`
		Server  string   `json:"server"`
		Vantage string   `json:"vantage,omitempty"`
		Via     string   `json:"via,omitempty"`
		TLS     *qlogTLS `json:"tls,omitempty"`
	}
	qlogTLS struct {
		Version string `json:"version,omitempty"`
		ALPN    string `json:"alpn,omitempty"`
		Cipher  string `json:"cipher,omitempty"`
		Name    string `json:"server_name,omitempty"`
	}
	qlogClosed struct {
		By     string `json:"by,omitempty"`
		Reason string `json:"reason,omitempty"`
	}
	qlogOctets struct {
		Sender string  `json:"sender"`
		Raw    qlogRaw `json:"raw"`
	}
	qlogRaw struct {
		Length  int    `json:"length"`
		Payload int    `json:"payload_length,omitempty"`
		Data    string `json:"data,omitempty"`
	}
	qlogFrame struct {
		Sender string    `json:"sender"`
		Stream uint32    `json:"stream_id"`
		Frame  any       `json:"frame"`
		Raw    qlogRaw   `json:"raw"`
		Broken []qlogBad `json:"problems,omitempty"`
	}
	qlogField struct {
		Name  string `json:"name"`
		Never bool   `json:"never_indexed,omitempty"`
		Value string `json:"value"`
	}
	qlogBad struct {
		Code string `json:"error_code,omitempty"`
		Text string `json:"description"`
		Ref  string `json:"reference,omitempty"`
	}
)

// qlog writes the record as qlog events of HTTP/2.
func (r *record) qlog(w io.Writer) *qlogWriter {
	q := &qlogWriter{out: out{w: w}, r: r, ends: map[uint32]*trace.Conn{}}
	head := qlogHead{Schema: "urn:ietf:params:qlog:file:sequential", Format: "application/qlog+json-seq", Title: r.head.Title, Text: r.head.Note,
		Creator: r.head.Generator}
	head.Trace.Common = qlogCommon{Protocols: []string{"HTTP2"}, Format: "relative_to_epoch", Reference: qlogTime{Clock: "monotonic", Epoch: "unknown"}}
	if r.epoch != 0 {
		wall := time.Unix(0, r.epoch).UTC().Format(time.RFC3339Nano)
		head.Trace.Common.Reference = qlogTime{Clock: "system", Epoch: wall}
	}
	head.Trace.Vantage = qlogVantage{"framewise", r.vantage()}
	head.Trace.Schemas = []string{schema}
	q.put(q.json(head))
	for _, c := range r.conns {
		e := qlogConn{Client: c.Client, Server: c.Server, Vantage: string(c.Vantage), Via: c.Via}
		if t := c.TLS; t != nil {
			e.TLS = &qlogTLS{t.Version, t.ALPN, t.Cipher, t.Name}
		}
		q.event(c.At, "http2:connection_opened", c.ID, q.json(e))
	}
	for _, c := range r.conns {
		q.ends[c.ID] = c
	}
	return q
}

func (q *qlogWriter) frame(d *view.Detail) error {
	q.row(d, q.ends[d.Row.Conn])
	return errors.Join(q.err, q.flush(false))
}

func (q *qlogWriter) wants(*view.Row) bool { return true }

func (q *qlogWriter) end() (bool, error) {
	for _, c := range q.r.sum.Conns {
		if c.Closed != "" {
			q.event(q.r.sum.End, "http2:connection_closed", c.ID, q.json(qlogClosed{Reason: c.Closed}))
		}
	}
	return false, errors.Join(q.err, q.flush(true))
}

// vantage is the main schema's word for where the record was made.
func (r *record) vantage() string {
	kind := ""
	for _, c := range r.conns {
		k := "network"
		switch c.Vantage {
		case trace.VantageClient, trace.VantageServer:
			k = string(c.Vantage)
		}
		if kind != "" && kind != k {
			return "unknown"
		}
		kind = k
	}
	if kind == "" {
		return "unknown"
	}
	return kind
}

type qlogWriter struct {
	out
	r    *record
	ends map[uint32]*trace.Conn
	text []byte // of the last event
	err  error
}

func (q *qlogWriter) json(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil && q.err == nil {
		q.err = err
	}
	return b
}

// put writes a JSON text of the sequence (RFC 7464).
func (q *qlogWriter) put(text []byte) {
	q.buf = append(append(append(q.buf, 0x1e), text...), '\n')
}

// event writes an event; data is JSON, name and conn need no quoting.
func (q *qlogWriter) event(at int64, name string, conn uint32, data []byte) {
	b := append(q.text[:0], `{"time":`...)
	b = strconv.AppendFloat(b, float64(at)/1e6, 'f', -1, 64)
	b = append(append(b, `,"name":"`...), name...)
	b = strconv.AppendUint(append(b, `","group_id":"`...), uint64(conn), 10)
	b = append(append(append(b, `","data":`...), data...), '}')
	q.put(b)
	q.text = b
}

// row writes what is told of a row: a frame where it was created and, where
// the record has both times, where it was parsed.
func (q *qlogWriter) row(d *view.Detail, c *trace.Conn) {
	row := d.Row
	sender := map[string]string{"c2s": "client", "s2c": "server"}[row.Dir]
	raw := qlogRaw{Length: len(d.Octets)}
	if row.Kind != "frame" {
		if row.Kind == "garbage" || row.Kind == "cut" {
			raw.Data = hex.EncodeToString(d.Octets[:min(len(d.Octets), 1024)])
		}
		q.event(row.SentAt, "http2:"+map[string]string{"preface": "preface", "garbage": "octets_unparsed", "cut": "frame_incomplete"}[row.Kind],
			row.Conn, q.json(qlogOctets{sender, raw}))
		return
	}
	f := frame.Raw{Header: frame.ParseHeader(d.Octets), Payload: d.Octets[frame.HeaderLen:]}
	raw.Payload = len(f.Payload)
	e := qlogFrame{Sender: sender, Stream: row.Stream, Frame: qlogPayload(d, f), Raw: raw}
	for _, p := range d.Problems {
		e.Broken = append(e.Broken, qlogBad{p.Code, p.Text, p.Ref})
	}
	data := q.json(e)
	created, parsed := "http2:frame_created", "http2:frame_parsed"
	switch {
	case c == nil || c.Vantage == trace.VantageBoth:
		q.event(row.SentAt, created, row.Conn, data)
		if row.RecvAt >= 0 {
			q.event(row.RecvAt, parsed, row.Conn, data)
		}
	case string(c.Vantage) == sender:
		q.event(row.SentAt, created, row.Conn, data)
	default: // at the other end, or on the way
		q.event(row.SentAt, parsed, row.Conn, data)
	}
}

// qlogPayload is the frame by its type, with the members of docs/qlog-http2.md.
// A payload that is broken has frame_type and flags only.
func qlogPayload(d *view.Detail, f frame.Raw) map[string]any {
	m := map[string]any{"frame_type": strings.ToLower(f.Type.String()), "flags": flagNames(f)}
	if !f.Type.Known() && f.Type != frame.AltSvc && f.Type != frame.Origin && f.Type != frame.PriorityUpdate {
		m["frame_type"], m["frame_type_value"] = "unknown", f.Type
	}
	if fields, kind := section(d); kind != "" {
		list := make([]qlogField, len(fields))
		for i, x := range fields {
			list[i] = qlogField{x.Name, i < len(d.Block.Reps) && strings.Contains(d.Block.Reps[i].Kind, "never"), x.Value}
		}
		m["headers"] = list
	}
	qlogMembers(m, f)
	return m
}

func qlogMembers(m map[string]any, f frame.Raw) {
	switch f.Type {
	case frame.Data:
		if p, err := frame.ParseData(f); err == nil {
			m["data_length"] = len(p.Data)
			if p.Padded {
				m["padding_length"] = len(p.Padding)
			}
		}
	case frame.Headers:
		if p, err := frame.ParseHeaders(f); err == nil && f.Flags.Has(frame.FlagPriority) {
			m["priority"] = qlogPriority(p.Priority)
		}
	case frame.Priority:
		if p, err := frame.ParsePriority(f); err == nil {
			m["priority"] = qlogPriority(p)
		}
	case frame.RSTStream:
		if code, err := frame.ParseRSTStream(f); err == nil {
			m["error_code"] = code.String()
		}
	case frame.Settings:
		if p, err := frame.ParseSettings(f); err == nil {
			list := []map[string]any{}
			for i := range p.Len() {
				s := p.At(i)
				list = append(list, map[string]any{"name": s.ID.String(), "value": s.Value})
			}
			m["settings"] = list
		}
	case frame.PushPromise:
		if p, err := frame.ParsePushPromise(f); err == nil {
			m["promised_stream_id"] = p.PromisedID
		}
	case frame.Ping:
		if p, err := frame.ParsePing(f); err == nil {
			m["opaque_data"] = hex.EncodeToString(p[:])
		}
	case frame.GoAway:
		if p, err := frame.ParseGoAway(f); err == nil {
			m["last_stream_id"], m["error_code"] = p.LastStreamID, p.Code.String()
			m["debug_data"] = hex.EncodeToString(p.Debug)
		}
	case frame.WindowUpdate:
		if p, err := frame.ParseWindowUpdate(f); err == nil {
			m["window_size_increment"] = p
		}
	case frame.PriorityUpdate:
		if p, err := frame.ParsePriorityUpdate(f); err == nil {
			m["prioritized_stream_id"], m["priority_field_value"] = p.StreamID, string(p.Field)
		}
	}
}

func qlogPriority(p frame.PriorityParam) map[string]any {
	return map[string]any{"exclusive": p.Exclusive, "stream_dependency": p.StreamDep, "weight": int(p.Weight) + 1}
}

// flagNames lists the flags that are set, in lower case; those without a name
// as numbers.
func flagNames(f frame.Raw) []string {
	names := []string{}
	if text := f.Flags.Text(f.Type); f.Flags != 0 {
		for n := range strings.SplitSeq(text, "|") {
			names = append(names, strings.ToLower(strings.TrimSpace(n)))
		}
	}
	return names
}
