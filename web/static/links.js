// links.js is the page's side of links with records: it asks this host's store of
// shares, and writes the text of links that hold their record. It is JavaScript
// because the progress of an upload is told to XMLHttpRequest only, and because
// what is sent are Blobs of share.js.
//
// framewise.links.write(id, most, say)   the record that share.js made as id, as
//   the text of a link: say({length, text, message}); text is "" above most
//   characters, message says why there is none
// framewise.links.postAs(id, made, say)  sends what share.js made to the store: say({state, …}):
//   'sending' {done, total}, then 'shared' {share, token, expires, now}, 'refused'
//   {kind, message} or 'stopped'
// framewise.links.stop(id)               ends a post or a fetch
// framewise.links.fetch(id, share, say)  a record of the store: say({file}) or
//   say({message})
// framewise.links.remove(share, token, say)  deletes it: say({kind, message}), kind
//   '' when it is gone
'use strict';
(() => {
  const MOST = 50 * 2 ** 20; // octets of a record, unpacked
  const RATIO = 100;         // of that and its length in gzip, from 1 MiB on
  const LONGEST = 2 ** 20;   // octets in gzip: what is larger fits into no address
  const store = (share = '') => new URL(`api/shares${share && '/'}${encodeURIComponent(share)}`, document.baseURI.split('#')[0]);
  const going = new Map();   // id → what ends it

  async function write(id, most, say) {
    const blob = framewise.share.blob(id);
    if (!blob) return say({ length: 0, text: '', message: 'There is nothing to share any more. Close this and begin again.' });
    if (blob.size > LONGEST) return say({ length: Math.ceil(blob.size * 4 / 3), text: '', message: '' });
    try {
      const plain = await new Response(blob.stream().pipeThrough(new DecompressionStream('gzip'))).text();
      const text = await linkForm.write(plain);
      say({ length: text.length, text: text.length > most ? '' : text, message: '' });
    } catch (e) {
      say({ length: 0, text: '', message: `The link could not be written: ${e.message}.` });
    }
  }

  const json = (text) => { try { return JSON.parse(text); } catch { return null; } };
  const NONE = 'This host keeps no shares';

  /** What an answer that says no means: {kind, message}. */
  const refusal = (status, text, wait) => {
    const said = json(text);
    if (typeof said?.kind === 'string') return { kind: said.kind, message: String(said.message ?? ''), wait: Number(wait) || 0 };
    if (status === 413) return { kind: 'too-large', message: '', wait: 0 };
    if (status === 429 || status === 503) return { kind: 'too-many', message: '', wait: Number(wait) || 0 };
    if ([404, 405, 501].includes(status)) return { kind: 'no-store', message: NONE, wait: 0 };
    return { kind: 'failed', message: `it was answered with ${status}`, wait: 0 };
  };

  function postAs(id, made, say) {
    const blob = framewise.share.blob(made);
    if (!blob) return say({ state: 'refused', kind: 'gone', message: '' });
    const ask = new XMLHttpRequest();
    let over = false;
    const end = (m) => {
      if (over) return;
      over = true;
      going.delete(id);
      say(m);
    };
    ask.upload.onprogress = ({ loaded, total }) => { if (!over) say({ state: 'sending', done: loaded, total }); };
    ask.onload = () => {
      const said = json(ask.responseText);
      if (ask.status === 201 && /^[\w-]{22}$/.test(said?.id) && typeof said.token === 'string') {
        end({ state: 'shared', share: said.id, token: said.token, expires: String(said.expires ?? ''), now: new Date().toISOString() });
      } else if (ask.status === 200) end({ state: 'refused', kind: 'no-store', message: NONE });
      else end({ state: 'refused', ...refusal(ask.status, ask.responseText, ask.getResponseHeader('Retry-After')) });
    };
    ask.onerror = () => end({ state: 'refused', kind: 'offline', message: '' });
    ask.onabort = () => end({ state: 'stopped' });
    going.set(id, () => ask.abort());
    ask.open('POST', store());
    ask.setRequestHeader('Content-Type', 'application/gzip');
    say({ state: 'sending', done: 0, total: blob.size });
    ask.send(blob);
  }

  const again = {
    offline: 'Nobody answers: you are offline, or the server has stopped. Try again when it is there.',
    unknown: 'This host knows no such share. Check the link: it may be cut off, mistyped, or of another host.',
    expired: 'The share has expired. Ask whoever sent the link to share the record again.',
    deleted: 'Whoever shared the record has deleted it.',
    'too-many': 'The host answers no more requests at this moment. Try again in a minute.',
    'no-store': 'This host keeps no shares: the link was made on another one, or the server runs without --data now. Open it where it was made, or ask for the file.',
    'too-large': 'The share is larger than is opened from links. Ask for the file.',
  };

  async function fetchShare(id, share, say) {
    const stop = new AbortController();
    going.set(id, () => stop.abort());
    const refuse = (kind, message = '') => say({ message: again[kind] ?? `The share could not be fetched: ${message || kind}. Try again.` });
    try {
      if (!/^[\w-]{22}$/.test(share)) return refuse('unknown');
      const response = await fetch(store(share), { credentials: 'same-origin', cache: 'no-store', signal: stop.signal });
      if (!response.ok) {
        const { kind, message } = refusal(response.status, await response.text(), 0);
        return refuse(kind, message);
      }
      if (/html/.test(response.headers.get('Content-Type') ?? '')) return refuse('no-store');
      // Without a packed length the size alone is bounded; the store checks the rest.
      const packed = response.headers.get('Content-Encoding') === 'gzip' ? Number(response.headers.get('Content-Length')) || Infinity : Infinity;
      const most = Math.min(MOST, Math.max(packed * RATIO, 2 ** 20));
      const parts = [];
      let size = 0;
      for (const reader = response.body.getReader(); ;) {
        const { done, value } = await reader.read();
        if (done) break;
        size += value.length;
        if (size > most) {
          stop.abort();
          return refuse('too-large');
        }
        parts.push(value);
      }
      say({ file: new File(parts, 'share') });
    } catch (e) {
      if (stop.signal.aborted) say({ message: 'The link was not opened: you cancelled it.' });
      else refuse('offline');
    } finally {
      going.delete(id);
    }
  }

  async function remove(share, token, say) {
    try {
      const response = await fetch(store(share), { method: 'DELETE', credentials: 'same-origin', headers: { Authorization: `Bearer ${token}` } });
      const said = await response.text();
      say(response.ok ? { kind: '', message: '' } : refusal(response.status, said, response.headers.get('Retry-After')));
    } catch {
      say({ kind: 'offline', message: '' });
    }
  }

  globalThis.framewise.links = { write, postAs, stop: (id) => going.get(id)?.(), fetch: fetchShare, remove };
})();
