// share.js is the page's side of making files of records for others: it asks the
// analyser's Worker, which has the octets, keeps what was made, and has the
// browser save it. It is JavaScript because what was made are Blobs.
//
// framewise.share.start(id, request, say)  request: {what: 'preview' or 'make',
//   record: 0 or 1 of two, format, side, redact, fields, program, notes, title,
//   note (wasm/share/job), marks: [{frame, text}]}; say hears {state, …} as shares.js
//   says it, the last one being 'done', 'failed' or 'cancelled'
// framewise.share.cancel(id)
// framewise.share.blob(id)        what was made: of a preview the record in gzip
// framewise.share.save(id, name)  saves it as a file
// framewise.share.drop(id)        forgets it
'use strict';
(() => {
  const running = new Map(); // id → port
  const made = new Map();    // id → Blob

  const start = (id, { what, record, marks, ...options }, say) => {
    cancel(id);
    made.delete(id);
    const { port1, port2 } = new MessageChannel();
    running.set(id, port1);
    port1.onmessage = ({ data: { blob, ...said } }) => {
      if (running.get(id) !== port1) return; // another one has begun, or nobody waits
      if (blob) made.set(id, blob);
      if (said.state === 'done' || said.state === 'failed' || said.state === 'cancelled') {
        running.delete(id);
        port1.close();
      }
      say(said);
    };
    framewise.askReader({ op: 'share', port: port2, what, record, marks, options }, [port2]);
  };
  const cancel = (id) => running.get(id)?.postMessage({ op: 'cancel' });
  const save = (id, name) => {
    const blob = made.get(id);
    if (!blob) return;
    const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };

  globalThis.framewise.share = { start, cancel, save, blob: (id) => made.get(id), drop: (id) => { made.delete(id); } };
})();
