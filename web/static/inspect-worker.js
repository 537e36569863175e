// inspect-worker.js: the Worker that holds inspect.wasm, the analyser. It is
// JavaScript because a Worker's messages and a program's memory can only be
// reached from there; what it passes on it does not look at.
//
// In:  {op:'reset'}, {op:'feed', bytes: ArrayBuffer (JSON Lines)},
//      {op:'query', id, text (JSON, see core/inspect/ask)},
//      {op:'port', port}: {op:'reset', id} and feed come from there too, and
//      {op:'over', id}, when the session has ended
//      {op:'open', id, files: [File], keys: File of TLS keys, or none, link, after}:
//      one of the files becomes the record (open-file.js), with another as its TLS
//      keys where there is one; link: 'share' or 'trace' when it came by a link,
//      which has narrower limits; sessions up to the number after have ended, what
//      they still send is dropped
//      {op:'cancel', id}: the file is not read any further, what was read stays
//      {op:'save', port, marks: [{frame, text}]}: the record's octets go there, as
//      {blob}, the bookmarks at its end
//      {op:'share', port, record: 0 or 1 of two, what, marks, options}: a file is
//      made of the record for others (shares.js), which says more on the port
//      {op:'pin'}: the record's octets so far are kept, whatever comes
//      {op:'other', id, from, files}: a second record, to compare with, is read
//      from what is there 'before' (the record before this one), from the 'pin',
//      from a 'file' (files, as for open; without them the last again), or no
//      longer ('')
// Out: {op:'ready'}, {op:'answer', id, bytes: ArrayBuffer (JSON)},
//      {op:'changed', bytes: ArrayBuffer (JSON of the summary), record} after feeds;
//      record is the number of the record
//      {op:'file', id, state, read, text}: how far a file is read: 'refused',
//      'keys' (it is a log of TLS keys), 'begun' (the record is the file's from
//      here on), 'reading', 'cancelled', 'cut' or 'done'; record and keyLog are the
//      places in the list of the one that is read, from 0, and of its keys, from 1
//      (0: none), from
//      'begun' on with source (what it is when it became a record: 'a pcapng
//      capture', or ''), at
//      the end with what it held: note (a sentence) and locked (connections whose
//      TLS keys lack)
//      {op:'other', id, bytes (JSON of its summary)} or {op:'other', id, message},
//      when the second record was read, and again after each reset
//      {op:'over', id}: the session with the number has ended, and its record is
//      read to its end
//      {op:'failed', message}: the analyser itself is broken
'use strict';

importScripts('{{asset "wasm_exec.js"}}', '{{asset "link-form.js"}}', '{{asset "open-file.js"}}', '{{asset "shares.js"}}');

const PIECE = 1 << 18; // octets that are handed over at once
const PAUSE = 40;      // milliseconds between two summaries that nobody asked for
const encoder = new TextEncoder();

let module = null;   // compiled once
let exports = null;  // null while there is no program that runs
let early = [];      // what came before there was
let dead = '';       // why the program ended
let timer = 0, told = 0;
let record = [];     // the octets that were fed, so that they outlive the program
let before = [];     // those of the last record that had a frame
let pinned = [];
let chosen = null;   // the record of the file that was chosen as the second one, as far as it could be read
let choosing = null; // what is being read of it
let wish = null;     // what was asked for as the second record
let begun = 0;       // records so far
let count = 0;       // records so far
let source = null;   // the port whose session is the record
let ended = 0;       // sessions up to this number are over
let reading = null;  // the file that is being read: {id, stop}
let spent = 0;       // milliseconds for questions since the last summary

async function compile() {
  const address = new URL('{{asset "inspect.wasm"}}', self.location.href);
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} was answered with ${response.status}`);
  // Some static servers send another type than application/wasm, which the
  // streaming compiler refuses.
  return (response.headers.get('Content-Type') || '').startsWith('application/wasm')
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

async function start() {
  module = module || await compile();
  const go = new Go();
  const instance = await WebAssembly.instantiate(module, go.importObject);
  go.run(instance).then(() => end('the analyser has stopped'), (e) => end(e.message));
  exports = instance.exports;
  dead = '';
  for (const m of early.splice(0)) take(m);
}

/** The program has ended: say so once. A reset starts a new one. */
function end(message) {
  if (dead) return;
  exports = null;
  dead = message || 'the analyser has stopped';
  clearTimeout(timer);
  timer = 0;
  postMessage({ op: 'failed', message: dead });
}

/** Copies octets into the program's memory; n is how many. */
function write(bytes) {
  const at = exports.buffer(bytes.length) >>> 0;
  new Uint8Array(exports.mem.buffer, at, bytes.length).set(bytes);
  return bytes.length;
}

/** A copy of the n octets that the program left. */
function read(n) {
  const at = exports.out() >>> 0;
  return new Uint8Array(exports.mem.buffer, at, n).slice();
}

const textOf = (n) => new TextDecoder().decode(read(n));

function feed(bytes) {
  for (let at = 0; at < bytes.length; at += PIECE) {
    const n = exports.feed(write(bytes.subarray(at, at + PIECE)));
    if (n > 0) return textOf(n); // the record is broken: the summary tells where, too
    if (n < 0) {
      postMessage({ op: 'failed', message: textOf(-n) });
      return textOf(-n);
    }
  }
  return '';
}

/** The answer to a request, as an ArrayBuffer of its own. */
function query(text) {
  const from = performance.now();
  const n = exports.query(write(encoder.encode(text)));
  spent += performance.now() - from;
  if (n >= 0) return read(n).buffer;
  const message = textOf(-n);
  postMessage({ op: 'failed', message });
  return refusal(message);
}

const refusal = (message) => encoder.encode(JSON.stringify({ Error: message })).buffer;

/** Tells the page that there is more, at once and then not too often: a file is
 * read most of the time, however long questions about it take. */
function changed() {
  if (timer) return;
  const pause = reading ? Math.max(PAUSE, 4 * spent) : PAUSE;
  timer = setTimeout(tell, Math.max(0, told + pause - Date.now()));
}

function tell() {
  clearTimeout(timer);
  timer = 0;
  if (!exports) return;
  spent = 0;
  told = Date.now();
  guarded(() => {
    const bytes = query('{"op":"summary"}');
    postMessage({ op: 'changed', bytes, record: count }, [bytes]);
  });
}

/** Runs f; when the program dies in it, the page is told. */
function guarded(f) {
  try {
    f();
  } catch (e) {
    end(e.message);
  }
}

/** Keeps the record's octets; the browser puts large ones on disk. */
function keep(m) {
  if (m.op === 'reset') {
    if (record.length && hasFrames()) before = record;
    record = [];
    count++;
    reading = null;
  }
  if (m.op === 'pin') pinned = [new Blob(record)];
  if (m.op === 'other') {
    wish = m.from ? m : null;
    choosing?.stop();
  }
  if (m.op !== 'feed') return;
  record.push(new Blob([m.bytes]));
  if (record.length === 256) record = [new Blob(record)];
}

/** Says whether the record is one to compare with; an analyser that is dead can't tell. */
function hasFrames() {
  if (!exports) return true;
  try {
    return JSON.parse(textOf(exports.query(write(encoder.encode('{"op":"summary"}'))))).Frames > 0;
  } catch {
    return true;
  }
}

/** Does f to the second record. */
function second(f) {
  exports.choose(1);
  try {
    f();
  } finally {
    exports?.choose(0);
  }
}

/** The octets of the second record. */
const otherBlob = () => ({ before: () => new Blob(before), pin: () => new Blob(pinned), file: () => chosen }[wish?.from]?.());

/** Makes a record of the first of files that can be one; "" or why there is none. */
async function choose(files) {
  const mine = { stopped: false, stops: [], stop: () => { mine.stopped = true; mine.stops.splice(0).forEach((f) => f()); } };
  choosing?.stop();
  choosing = mine;
  const parts = [];
  try {
    const { record: at, keys } = await sorted(files);
    const what = { keys: files[keys], stops: (f) => mine.stops.push(f) };
    for await (const bytes of await recordFile(files[at], () => {}, what)) {
      if (mine.stopped) break;
      parts.push(new Blob([bytes]));
    }
  } catch (e) {
    if (!(e instanceof Cut) || !parts.length) return e.message;
  }
  if (mine.stopped) return 'it was not read';
  chosen = new Blob(parts); // what breaks off is compared as far as it goes
  return '';
}

/** Reads the second record, in pieces that leave room for questions. */
async function readOther() {
  const mine = wish;
  const say = (m, transfer = []) => postMessage({ op: 'other', id: mine.id, ...m }, transfer);
  if (mine.files) {
    const turn = mine.turn = (mine.turn ?? 0) + 1; // a new first record has all of this begin anew
    const why = await choose(mine.files);
    if (wish !== mine || mine.turn !== turn) return;
    if (why) return say({ message: why });
    mine.files = null;
  }
  const blob = otherBlob();
  if (!blob?.size) return say({ message: 'there is no such record' });
  guarded(() => second(() => exports.reset()));
  const program = exports, resets = begun;
  for (let at = 0; at < blob.size; at += PIECE) {
    let bytes;
    try {
      bytes = new Uint8Array(await blob.slice(at, at + PIECE).arrayBuffer());
    } catch (e) {
      return say({ message: `the file can't be read: ${e.message}` });
    }
    if (wish !== mine || program !== exports || resets !== begun) return; // another one is read by now
    guarded(() => second(() => feed(bytes)));
    if (dead) return;
  }
  guarded(() => {
    const bytes = query('{"op":"summary","record":1}');
    say({ bytes }, [bytes]);
  });
}

/** What a session says is left out once the record is another's. */
function heard(port, m) {
  if (m.op === 'reset') {
    if (m.id <= ended) return;
    source = port;
  }
  if (port !== source) return;
  keep(m);
  take(m);
}

/** The turn of what else the Worker was told. */
const turns = new MessageChannel();
const turn = () => new Promise((done) => { turns.port1.onmessage = done; turns.port2.postMessage(0); });

/** Reads a file as the record. */
async function open({ id, files, keys, link, after }) {
  const stops = [];
  const mine = { id, stop: false, stopped: () => stops.splice(0).forEach((f) => f()) };
  const place = files.length > 1 ? await sorted(files) : { record: 0, keys: -1 };
  const file = files[place.record];
  const what = { keys: keys ?? files[place.keys], link, stops: (f) => stops.push(f) };
  let read = 0, last = 10, slices;
  let said = 0;
  const say = (state, text = '') => {
    said = Date.now();
    const { format, report } = what;
    const source = format?.open === converted ? format.name : '';
    postMessage({ op: 'file', id, state, read, text, source, note: report?.Lines.join('; ') ?? '', locked: report?.Locked ?? 0, record: place.record, keyLog: place.keys + 1 });
  };
  if (opening !== reading) opening?.stopped(); // one at a time is looked into
  opening = mine;
  try {
    slices = await recordFile(file, (n) => { read += n; }, what);
  } catch (e) {
    if (e instanceof KeyLog) say('keys', e.message);
    else if (e instanceof Refusal) say('refused', e.message);
    else say('refused', `“${file.name}” can't be read: ${e.message}. Was it moved or changed?`);
    return;
  }
  if (mine.stop || opening !== mine) {
    mine.stopped();
    say('refused', `“${file.name}” was not opened.`);
    return;
  }
  ended = Math.max(ended, after);
  source = null;
  reading?.stopped();
  own({ op: 'reset' });
  while (!exports && !dead) await new Promise((done) => { setTimeout(done, 20); }); // it starts, or starts anew
  reading = mine;
  say('begun');
  let text = '';
  try {
    let slept = performance.now();
    for await (const bytes of slices) {
      if (reading !== mine) return; // another record has begun
      if (mine.stop) break;
      for (let at = 0; at < bytes.length && !text; at += PIECE) {
        const piece = bytes.subarray(at, at + PIECE);
        text = feedFile(piece);
        last = piece.at(-1) ?? last;
        if (performance.now() - slept < 12) continue;
        if (Date.now() - said > 100) say('reading');
        await turn();
        slept = performance.now();
        if (reading !== mine) return;
        if (mine.stop) break;
      }
      if (text || mine.stop) break;
    }
    if (!text && !mine.stop && last !== 10) {
      // A last line is whole with or without its end.
      const wrong = feedFile(encoder.encode('\n'));
      if (wrong) text = `The file ends in the middle of line ${/line (\d+)/.exec(wrong)?.[1] ?? ''}.`.replace(' .', '.');
    }
  } catch (e) {
    text = `The file can't be read to its end: ${e.message}.`;
  }
  if (reading !== mine) return;
  reading = null;
  tell();
  say(mine.stop ? 'cancelled' : text ? 'cut' : 'done', text);
}

let opening = null; // the file that was asked for last

/** Feeds a piece of a file; "" or why the record can't be read any further. */
function feedFile(bytes) {
  let text = '';
  keep({ op: 'feed', bytes });
  guarded(() => { text = feed(bytes); });
  if (dead) return dead;
  changed();
  return text;
}

function own(m) {
  keep(m);
  take(m);
}

/** The record so far: of a file that is being read without the line whose end has
 * not come. */
async function wholeLines() {
  const all = new Blob(record);
  if (!reading) return all;
  const tail = new Uint8Array(await all.slice(-TAIL).arrayBuffer());
  const end = tail.lastIndexOf(10) + 1;
  return end ? all.slice(0, all.size - tail.length + end) : all;
}

/** The record with bookmarks at its end, in place of those that stand there. */
async function saved(marks) {
  const whole = await wholeLines();
  if (!marks) return whole;
  const tail = await whole.slice(-TAIL).text();
  const lines = tail.split('\n');
  let old = 0; // octets
  for (let i = lines.length - (lines.at(-1) === '' ? 2 : 1); i > 0 && /^\{"k":"note".*"frame":/.test(lines[i]); i--) old += encoder.encode(lines[i]).length + 1;
  const end = lines.at(-1) === '' ? '' : '\n';
  const notes = marks.map(({ frame, text }) => {
    let at = 0;
    guarded(() => {
      const { Rows: rows } = JSON.parse(new TextDecoder().decode(query(JSON.stringify({ op: 'rows', from: frame, n: 1 }))));
      at = rows?.[0]?.SentAt ?? 0;
    });
    return JSON.stringify({ k: 'note', at, frame: frame + 1, ...text && { text } }) + '\n';
  });
  return new Blob([whole.slice(0, whole.size - (end ? Math.max(0, old - 1) : old)), old ? '' : end, ...notes]);
}

const TAIL = 1 << 20; // octets that are looked at for bookmarks

function take(m) {
  switch (m.op) {
    case 'save':
      saved(exports && m.marks).then((blob) => m.port.postMessage({ blob: new Blob([blob], { type: 'application/x-ndjson' }) }));
      return;
    case 'share':
      share(m.port, m.record ? otherBlob() : saved(exports && m.marks), m.what, m.options);
      return;
    case 'port':
      m.port.onmessage = (e) => heard(m.port, e.data);
      return;
    case 'open':
      open(m).catch((e) => postMessage({ op: 'file', id: m.id, state: 'refused', read: 0, text: e.message }));
      return;
    case 'cancel':
      for (const f of [opening, reading]) if (f?.id === m.id) {
        f.stop = true;
        f.stopped();
      }
      return;
  }
  if (dead && m.op === 'reset') {
    dead = '';
    early = [m];
    start().catch((e) => end(e.message));
    return;
  }
  if (dead && m.op === 'query') {
    const bytes = refusal(dead);
    postMessage({ op: 'answer', id: m.id, bytes }, [bytes]);
    return;
  }
  if (!exports) {
    if (!dead) early.push(m);
    return;
  }
  guarded(() => {
    switch (m.op) {
      case 'reset':
        exports.reset(); // the second record goes with the first
        begun++;
        changed();
        if (wish) readOther();
        break;
      case 'other':
        if (m === wish) readOther();
        else if (!wish) second(() => exports.reset());
        break;
      case 'feed': feed(new Uint8Array(m.bytes)); changed(); break;
      case 'over':
        tell();
        postMessage({ op: 'over', id: m.id });
        break;
      case 'query': {
        const bytes = query(m.text);
        postMessage({ op: 'answer', id: m.id, bytes }, [bytes]);
        break;
      }
    }
  });
  // A query whose program died under it is answered all the same.
  if (dead && m.op === 'query') take(m);
}

onmessage = (e) => own(e.data);
start().then(() => postMessage({ op: 'ready' }), (e) => end(`the analyser could not be loaded: ${e.message}`));
