// open-file.js: a file that a visitor gave to the page, as slices of a record.
// It is part of inspect-worker.js, in JavaScript because a browser's files and
// its unpacking of gzip can only be reached from there (zstd is a program's).
//
// recordFile(file) gives the slices one after the other, so that a file of any
// size needs little memory. It throws a Refusal for a file that is no record and
// becomes none, before the first slice (a KeyLog for what only opens others), and
// a Cut where a file can't be read to its end.
'use strict';

class Refusal extends Error {}
class KeyLog extends Refusal {}
class Cut extends Error {}

const HEAD = 4096;          // octets that tell what a file is
const MOST = 2 * 2 ** 30;   // octets of a record, when it was packed
const RATIO = 100;          // of what was packed to its octets in the file, beyond
const FREE = 2 ** 20;       // so many octets
const KEYS = 64 * 2 ** 20;  // octets of a key log
const AHEAD = 2;            // pieces that convert-worker.js has at once

// Of a record that came by a link: octets as it came, octets of the record, the
// ratio of the two (from 1 MiB on), entries.
const LINK = { in: 5 * 2 ** 20, out: 50 * 2 ** 20, ratio: 100, entries: 1e6 };

const begins = (...octets) => (b) => octets.every((o, i) => b[i] === o);
const says = (pattern) => (b, text) => pattern.test(text);
const json = (pattern) => (b, text) => /^\uFEFF?\s*[{[]/.test(text) && pattern.test(text);

// What a file is, by its first octets: the first that fits. open gives the
// record's octets of a stream; a format without it is refused by its name.
const formats = [
  { name: 'gzip', is: begins(0x1f, 0x8b), packed: gunzipped },
  { name: 'zstd', is: begins(0x28, 0xb5, 0x2f, 0xfd), packed: (slices, what) => through('unpack', slices, what) },
  { name: 'a record', is: json(/^[^\n]{0,200}"k"\s*:\s*"h2trace"/), open: (slices) => slices },
  { name: 'a pcapng capture', is: begins(0x0a, 0x0d, 0x0d, 0x0a), open: converted },
  { name: 'a pcap capture', is: (b) => ['d4c3b2a1', 'a1b2c3d4', '4d3cb2a1', 'a1b23c4d'].includes([...b.subarray(0, 4)].map((o) => o.toString(16).padStart(2, '0')).join('')), open: converted },
  { name: 'what nghttp -v prints', is: says(/^\uFEFF?\s*\[ *\d+\.\d+ *\]/), open: converted },
  { name: 'a trace of curl', is: says(/^\uFEFF?\s*(.{16})?(== Info: |=> Send |<= Recv )/), open: converted },
  { name: 'a NetLog of Chromium', is: json(/"(constants|logEventTypes|polledData)"\s*:/), open: converted },
  { name: 'a HAR file', is: json(/"log"\s*:\s*\{[^]*"(entries|creator|browser|pages|version)"/), open: converted },
  { name: 'a qlog', is: json(/"qlog_(version|format)"/) },
  { name: 'a log of TLS keys', is: says(/^\uFEFF?(#[^\n]*\n|\s*\n)*(CLIENT_|SERVER_|EXPORTER_|EARLY_EXPORTER_)[A-Z_0-9]+ [0-9a-f]{64} /i), keys: true },
  { name: 'a ZIP archive', is: begins(0x50, 0x4b, 0x03, 0x04) },
  { name: 'a web page', is: says(/^\uFEFF?\s*<(!doctype|html|\?xml)/i) },
  { name: 'HTTP/2 octets without a record around them', is: says(/^PRI \* HTTP\/2\.0\r\n/) },
  { name: 'JSON, but no record: its first line has no "k":"h2trace"', is: json(/./) },
  { name: 'text, but no record', is: (b) => b.length > 0 && !b.includes(0) && !new TextDecoder().decode(b.subarray(0, b.length - 4)).includes('\uFFFD') },
  { name: 'no format that is known here', is: () => true },
];

const formatOf = (head) => formats.find((f) => f.is(head, new TextDecoder().decode(head)));

/** The slices of a stream; what goes wrong on the way is a Cut. */
async function* slicesOf(stream, taken) {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      taken(value.length);
      yield value;
    }
  } catch (e) {
    throw new Cut(e.message || e.name);
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** The first octets of slices, and the slices with them. */
async function peek(slices) {
  const first = [];
  let size = 0;
  while (size < HEAD) {
    const { done, value } = await slices.next();
    if (done) break;
    first.push(value);
    size += value.length;
  }
  const head = new Uint8Array(await new Blob(first).arrayBuffer()).subarray(0, HEAD);
  return { head, all: (async function* () { yield* first; yield* slices; })() };
}

function gunzipped(slices) {
  let came = 0, size = 0;
  const packed = new ReadableStream({
    async pull(c) {
      const { done, value } = await slices.next();
      if (done) return c.close();
      came += value.length;
      c.enqueue(value);
    },
    cancel: () => slices.return?.(),
  });
  return slicesOf(packed.pipeThrough(new DecompressionStream('gzip')), (n) => {
    size += n;
    if (size > MOST) throw new Error('what was packed is larger than 2 GiB');
    if (size > FREE && size > came * RATIO) throw new Error(`the file holds more than ${RATIO} times its own size`);
  });
}

/** What a program of convert-worker.js makes of octets, slice by slice. what has
 * {keys (octets), stops (registers what Cancel does)}; done(report) hears what the
 * program reports before the last slice, and can refuse the file. */
async function* through(program, slices, what, done = () => {}) {
  const worker = new Worker(new URL('{{asset "convert-worker.js"}}', self.location.href));
  const said = [];
  let heard = () => {};
  const hear = (m) => { said.push(m); heard(); };
  worker.onmessage = ({ data }) => hear(data);
  worker.onerror = (e) => hear({ op: 'failed', message: e.message || 'it could not be loaded' });
  what.stops(() => {
    worker.terminate();
    hear({ op: 'stop' });
  });
  let begun = false;
  try {
    worker.postMessage({ op: 'begin', program, keys: program === 'convert' ? what.keys : undefined });
    for (let owed = 0, end = false; ;) {
      for (; owed < AHEAD && !end; owed++) {
        const { done: last, value } = await slices.next();
        end = last;
        if (last) worker.postMessage({ op: 'end' });
        else worker.postMessage({ op: 'feed', bytes: value.slice().buffer });
      }
      if (!said.length) await new Promise((resolve) => { heard = resolve; });
      const m = said.shift();
      switch (m.op) {
        case 'more': owed--; break;
        case 'lines':
          begun = true;
          yield new Uint8Array(m.bytes);
          break;
        case 'done':
          done(m.report, begun);
          if (m.bytes.byteLength) yield new Uint8Array(m.bytes);
          if (m.report.Error) throw new Cut(m.report.Error);
          return;
        case 'failed': throw new Cut(`what reads ${what.format?.name ?? 'the file'} has failed: ${m.message}`);
        case 'stop': return;
      }
    }
  } finally {
    worker.terminate();
    slices.return?.();
  }
}

/** The record of a capture or a log. what has {file, format, keys, stops}, and gets
 * the report. A file of which there is nothing to show is refused. */
function converted(slices, what) {
  return through('convert', slices, what, (report, begun) => {
    what.report = report;
    if (!begun && !report.Locked) throw new Refusal(without(what, report));
  });
}

/** Why a file that was understood has nothing to show. */
function without({ file, format }, { Error: error, Lines: lines }) {
  if (error) return `“${file.name}” is ${format.name} that can't be read: ${error}.`;
  return `“${file.name}” is ${format.name} without HTTP/2: ${lines.join('; ')}.`;
}

/** The octets of a key log. */
async function keysOf(file) {
  if (!file) return undefined;
  if (file.size > KEYS) throw new Refusal(`“${file.name}” is too large for a log of TLS keys.`);
  try {
    return await file.arrayBuffer();
  } catch (e) {
    throw new Refusal(`“${file.name}” can't be read: ${e.message}.`);
  }
}

/** Why a link in which the record stands has none, in words. */
const badLinks = {
  cut: (came, of) => `The link is cut off: ${of > 0 ? `${came} of the ${of} characters of its record came` : 'its record is missing'}. Programs for chats and mail cut long links; ask for the file, or for a short address.`,
  damaged: () => 'The link is damaged: what stands in it is no record. Copy it again as a whole, or ask for the file.',
  newer: () => 'The link was made by a newer version of Framewise. Reload the page; if that does not help, ask for the file.',
  large: () => `The link holds more than is opened from links: ${LINK.out / 2 ** 20} MiB, or ${LINK.ratio} times its own length. Ask for the file.`,
};

/** The slices of a record that came by a link. A link holds nothing but a record,
 * and one that is too large is not begun. */
async function linkSlices(file, kind, taken) {
  const bound = kind === 'trace' ? LINK.in * 4 / 3 + 32 : LINK.out; // what a store sends is unpacked by the browser
  if (file.size > bound) throw new Refusal(badLinks.large());
  let octets;
  if (kind === 'trace') {
    try {
      octets = await linkForm.read(await file.text(), LINK);
    } catch (e) {
      if (!(e instanceof linkForm.BadLink)) throw e;
      const [why, ...counts] = e.message.split(' ');
      throw new Refusal(badLinks[why](...counts.map(Number)));
    }
  } else {
    octets = new Uint8Array(await file.arrayBuffer());
  }
  taken(file.size);
  if (!octets.length) throw new Refusal('The link holds an empty record.');
  if (formatOf(octets.subarray(0, HEAD)).name !== 'a record') throw new Refusal('What the link leads to is no record of Framewise. Ask whoever sent it for the file.');
  let entries = 0;
  for (let at = octets.indexOf(10); at >= 0; at = octets.indexOf(10, at + 1)) entries++;
  if (entries > LINK.entries) throw new Refusal(`The link holds more than ${LINK.entries.toLocaleString('en')} entries, more than is opened from links. Ask for the file.`);
  return (async function* () { yield octets; })();
}

/** Of files that were given together, the one that is to be the record, and the log
 * of TLS keys that opens it, or none; both as places in the list. */
async function sorted(files) {
  const isKeys = await Promise.all(files.map(async (file) => {
    try {
      return Boolean(formatOf(new Uint8Array(await file.slice(0, HEAD).arrayBuffer())).keys);
    } catch {
      return false; // who reads it says why it can't be read
    }
  }));
  const record = isKeys.indexOf(false);
  return record < 0 ? { record: 0, keys: -1 } : { record, keys: isKeys.indexOf(true) };
}

/** The octets of a record, slice by slice; taken(n) counts those of the file.
 * what is told of the file: {keys: File, or none, link: 'share' or 'trace' when
 * it came by a link, stops} in, {format, report} out. */
async function recordFile(file, taken, what) {
  if (what.link) return linkSlices(file, what.link, taken);
  if (file.size === 0) throw new Refusal(`“${file.name}” is empty.`);
  let { head, all } = await peek(slicesOf(file.stream(), taken));
  let format = formatOf(head);
  if (format.packed) {
    ({ head, all } = await peek(format.packed(all, what)));
    format = formatOf(head);
    if (format.packed) throw new Refusal(`“${file.name}” is packed twice.`);
  }
  if (format.keys) throw new KeyLog(`“${file.name}” is ${format.name}. Open it together with the capture that it belongs to, or after it.`);
  if (!format.open) throw new Refusal(`“${file.name}” is ${format.name}. What opens here is a record, .h2trace, a capture or a log, also packed with gzip or zstd.`);
  Object.assign(what, { file, format, keys: await keysOf(what.keys) });
  return begunSlices(format.open(all, what));
}

/** The slices, once the first is there: what can't be opened is refused before. */
async function begunSlices(slices) {
  const first = await slices.next();
  return (async function* () {
    try {
      if (!first.done) yield first.value;
      yield* slices;
    } finally {
      slices.return?.();
    }
  })();
}
