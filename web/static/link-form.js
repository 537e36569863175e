// link-form.js: a record as the text of a link, #trace=TEXT (docs/trace.md), and
// back. The page writes it, the analyser's Worker reads it. It is JavaScript
// because a browser's zlib can only be reached from there.
//
// linkForm.write(text) gives the link's text of a record (JSON Lines).
// linkForm.read(text, limits) gives the record's octets; it throws a BadLink for
// what is no record of a link, or beyond the limits.
'use strict';
(() => {
  class BadLink extends Error {}

  const OCTETS = /"(octets|received)":"([A-Za-z0-9+/]+={0,2})"/g;
  const COUNTED = /"(octets|received)":"(\d+)"/g;
  const encoder = new TextEncoder();

  const base64 = (octets) => {
    let text = '';
    for (let at = 0; at < octets.length; at += 0x6000) text += btoa(String.fromCharCode(...octets.subarray(at, at + 0x6000)));
    return text;
  };
  const octetsOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const forAddress = (text) => text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');

  const packed = async (blob, format) => new Uint8Array(await new Response(blob.stream().pipeThrough(new CompressionStream(format))).arrayBuffer());

  /** The record without its base64: lines in which the octets' lengths stand for
   * them, a NUL, the octets one after the other. A string of JSON holds no quote
   * without a backslash, so what is found is a member. */
  const compact = (text) => {
    const parts = [];
    const lines = text.replace(OCTETS, (_, name, value) => {
      const octets = octetsOf(value);
      parts.push(octets);
      return `"${name}":"${octets.length}"`;
    });
    return new Blob([lines, '\0', ...parts]);
  };

  const spread = (octets) => {
    const end = octets.indexOf(0);
    if (end < 0) throw new BadLink('damaged');
    let at = end + 1;
    const text = new TextDecoder('utf-8', { fatal: true }).decode(octets.subarray(0, end)).replace(COUNTED, (_, name, length) => {
      const part = octets.subarray(at, at += Number(length));
      if (at > octets.length) throw new BadLink('damaged');
      return `"${name}":"${base64(part)}"`;
    });
    if (at !== octets.length) throw new BadLink('damaged');
    return text;
  };

  async function write(text) {
    const octets = await packed(compact(text), 'deflate');
    const body = forAddress(base64(octets));
    const link = `1.${body.length.toString(36)}.${body}`;
    if (new TextDecoder().decode(await read(link, { out: Infinity, ratio: Infinity })) === text) return link;
    return forAddress(base64(await packed(new Blob([text]), 'gzip'))); // its base64 is unlike ours
  }

  /** Unpacks octets, at most limits.out of them, and at most limits.ratio times as
   * many as they were (from 1 MiB on). */
  async function unpacked(octets, format, { out, ratio }) {
    const most = Math.min(out, Math.max(octets.length * ratio, 2 ** 20));
    const reader = new Blob([octets]).stream().pipeThrough(new DecompressionStream(format)).getReader();
    const parts = [];
    let size = 0;
    for (;;) {
      let piece;
      try {
        piece = await reader.read();
      } catch {
        throw new BadLink('damaged');
      }
      if (piece.done) return new Uint8Array(await new Blob(parts).arrayBuffer());
      size += piece.value.length;
      if (size > most) {
        reader.cancel().catch(() => {});
        throw new BadLink('large');
      }
      parts.push(piece.value);
    }
  }

  async function read(given, limits) {
    const text = given.replace(/[^A-Za-z0-9_-]+$/, ''); // what a sentence puts behind it
    const [, version, length, body] = /^(\d+)\.(?:([0-9a-z]+)\.)?(.*)$/s.exec(text) ?? [null, '', '', text];
    if (version && version !== '1') throw new BadLink('newer');
    if (version && (!length || body.length < parseInt(length, 36))) throw new BadLink(`cut ${body.length} ${length ? parseInt(length, 36) : 0}`);
    if (version && body.length > parseInt(length, 36) || /[^A-Za-z0-9_-]/.test(body) || body.length % 4 === 1) throw new BadLink('damaged');
    if (!body) throw new BadLink('cut 0 0');
    const octets = octetsOf(body.replaceAll('-', '+').replaceAll('_', '/'));
    if (!version) {
      if (octets[0] !== 0x1f || octets[1] !== 0x8b) throw new BadLink('damaged');
      return unpacked(octets, 'gzip', limits);
    }
    try {
      const record = encoder.encode(spread(await unpacked(octets, 'deflate', limits)));
      if (record.length > limits.out) throw new BadLink('large');
      return record;
    } catch (e) {
      throw e instanceof BadLink ? e : new BadLink('damaged');
    }
  }

  globalThis.linkForm = { write, read, BadLink };
})();
