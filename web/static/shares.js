// shares.js starts share-worker.js for what somebody shares or exports, and ends
// it. It is a part of inspect-worker.js, which has the record's octets, and
// JavaScript because Workers and ports are.
'use strict';

const IDLE = 30_000;     // milliseconds that a Worker is kept for the next file
const LARGE = 128 << 20; // octets: what a program has grown to, it never gives back

let spare = null; // a Worker that waits: {worker, timer}

function takeSpare() {
  const taken = spare;
  spare = null;
  clearTimeout(taken?.timer);
  return taken?.worker ?? new Worker(new URL('{{asset "share-worker.js"}}', self.location.href));
}

function keepSpare(worker, memory) {
  if (spare || memory > LARGE) {
    worker.terminate();
    return;
  }
  worker.onmessage = worker.onerror = null;
  spare = { worker, timer: setTimeout(() => { spare = null; worker.terminate(); }, IDLE) };
}

/** Makes a file of a record (a Blob, or what becomes one) and says on the port
 * how far it is: {state: 'loading', 'reading' or 'writing', done, total}, then
 * {state: 'done', blob, plain, packed, report, examples, broken} or {state:
 * 'failed', message} (see share-worker.js) or, after {op: 'cancel'} came from
 * there, {state: 'cancelled'}. */
async function share(port, record, what, options) {
  let worker = null, over = false;
  const last = (m) => {
    over = true;
    port.postMessage(m);
    port.close();
  };
  const fail = (message) => {
    if (over) return;
    worker?.terminate();
    last({ state: 'failed', message });
  };
  port.onmessage = ({ data }) => {
    if (data.op !== 'cancel' || over) return;
    worker?.terminate();
    last({ state: 'cancelled' });
  };
  try {
    const blob = await record;
    if (over) return;
    if (!blob?.size) return fail('There is no record to make a file of.');
    worker = takeSpare();
    worker.onerror = (e) => fail(`What makes files of records has failed: ${e.message || 'it could not be loaded'}.`);
    worker.onmessage = ({ data: { op, memory, ...said } }) => {
      if (over) return;
      switch (op) {
        case 'progress': port.postMessage(said); break;
        case 'failed': fail(said.message); break;
        case 'done':
          last({ state: 'done', ...said });
          keepSpare(worker, memory);
          break;
      }
    };
    worker.postMessage({ op: 'start', record: blob, what, options });
  } catch (e) {
    fail(`The record can't be had: ${e.message}.`);
  }
}
