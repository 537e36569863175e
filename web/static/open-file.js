// open-file.js: a file that a visitor gave to the page, as slices of a record.
// It is part of inspect-worker.js, in JavaScript because a browser's files and
// its unpacking of gzip can only be reached from there.
//
// recordFile(file) gives the slices one after the other, so that a file of any
// size needs little memory. It throws a Refusal for a file that is no record,
// before the first slice, and a Cut where a file can't be read to its end.
'use strict';

class Refusal extends Error {}
class Cut extends Error {}

const HEAD = 4096;          // octets that tell what a file is
const MOST = 2 * 2 ** 30;   // octets of a record, when it was packed

const begins = (...octets) => (b) => octets.every((o, i) => b[i] === o);
const says = (pattern) => (b, text) => pattern.test(text);
const json = (pattern) => (b, text) => /^\uFEFF?\s*[{[]/.test(text) && pattern.test(text);

// What a file is, by its first octets: the first that fits. open gives the
// record's octets of a stream; a format without it is refused by its name. Other
// formats that become records are added here.
const formats = [
  { name: 'gzip', is: begins(0x1f, 0x8b), packed: true },
  { name: 'a record', is: json(/^[^\n]{0,200}"k"\s*:\s*"h2trace"/), open: (slices) => slices },
  { name: 'a pcapng capture', is: begins(0x0a, 0x0d, 0x0d, 0x0a) },
  { name: 'a pcap capture', is: (b) => ['d4c3b2a1', 'a1b2c3d4', '4d3cb2a1', 'a1b23c4d'].includes([...b.subarray(0, 4)].map((o) => o.toString(16).padStart(2, '0')).join('')) },
  { name: 'a NetLog of Chromium', is: json(/"(constants|logEventTypes|polledData)"\s*:/) },
  { name: 'a HAR file', is: json(/"log"\s*:\s*\{[^]*"(entries|creator|browser|pages|version)"/) },
  { name: 'a qlog', is: json(/"qlog_(version|format)"/) },
  { name: 'a log of TLS keys', is: says(/^(#[^\n]*\n)*(CLIENT_|SERVER_|EXPORTER_)[A-Z_0-9]+ [0-9a-f]{64} /) },
  { name: 'a ZIP archive', is: begins(0x50, 0x4b, 0x03, 0x04) },
  { name: 'a zstd file', is: begins(0x28, 0xb5, 0x2f, 0xfd) },
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

function unpacked(slices) {
  const packed = new ReadableStream({
    async pull(c) {
      const { done, value } = await slices.next();
      if (done) c.close(); else c.enqueue(value);
    },
    cancel: () => slices.return?.(),
  });
  let size = 0;
  return slicesOf(packed.pipeThrough(new DecompressionStream('gzip')), (n) => {
    size += n;
    if (size > MOST) throw new Error('what was packed is larger than 2 GiB');
  });
}

/** The octets of a record, slice by slice; taken(n) counts those of the file. */
async function recordFile(file, taken) {
  if (file.size === 0) throw new Refusal(`“${file.name}” is empty.`);
  let { head, all } = await peek(slicesOf(file.stream(), taken));
  let format = formatOf(head);
  if (format.packed) {
    ({ head, all } = await peek(unpacked(all)));
    format = formatOf(head);
    if (format.packed) throw new Refusal(`“${file.name}” is packed twice.`);
  }
  if (!format.open) throw new Refusal(`“${file.name}” is ${format.name}. What opens here is a record, .h2trace, also packed with gzip.`);
  return format.open(all);
}
