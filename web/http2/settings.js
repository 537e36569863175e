// Settings Objects: checked, packed, unpacked, and as the engine has them.

import { Buffer } from 'buffer';
import { checkArray, checkFunction, checkInteger, checkObject, error, invalidType, invalidValue, rangeError } from './errors.js';

const max32 = 2 ** 32 - 1;
const maxCustom = 10;

// name, identifier, smallest and largest value; a boolean has none.
const known = [
  ['headerTableSize', 1, 0, max32], ['enablePush', 2], ['maxConcurrentStreams', 3, 0, max32],
  ['initialWindowSize', 4, 0, 2 ** 31 - 1], ['maxFrameSize', 5, 16384, 2 ** 24 - 1],
  ['maxHeaderSize', 6, 0, max32], ['maxHeaderListSize', 6, 0, max32], ['enableConnectProtocol', 8],
];

const seedMax = { 3: 2 ** 31 - 1, 4: max32 };

function inRange(name, value, min, max) {
  if (value !== undefined && (typeof value !== 'number' || value < min || value > max)) throw rangeError('ERR_HTTP2_INVALID_SETTING_VALUE', name, value);
}

/**
 * @param seed the seed's ranges: INITIAL_WINDOW_SIZE up to 2^32-1 (what goes out is
 *   RFC 9113's 2^31-1 at most), maxConcurrentStreams up to 2^31-1
 * @throws for a value that is out of its setting's range
 */
export function checkSettings(s, seed = false) {
  if (s === undefined) return;
  checkObject(s.customSettings, 'customSettings', 'Number');
  if (s.customSettings) {
    const entries = Object.entries(s.customSettings);
    if (entries.length > maxCustom) throw error('ERR_HTTP2_TOO_MANY_CUSTOM_SETTINGS');
    for (const [id, value] of entries) {
      inRange('customSettings:id', Number(id), 0, 0xffff);
      inRange('customSettings:value', Number(value), 0, max32);
    }
  }
  for (const [name, id, min, max] of known) {
    if (min !== undefined) inRange(name, s[name], min, seed ? seedMax[id] ?? max : max);
  }
  for (const [name, , min] of known) {
    if (min === undefined && s[name] !== undefined && typeof s[name] !== 'boolean') throw error('ERR_HTTP2_INVALID_SETTING_VALUE', name, s[name]);
  }
}

/** Numbers among the options of sessions; others are the engine's default. */
export const numberOptions = ['maxDeflateDynamicTableSize', 'maxReservedRemoteStreams', 'maxSendHeaderBlockLength', 'peerMaxConcurrentStreams', 'maxHeaderListPairs'];

/**
 * The seed reports a wrong option at once, Node 20 leaves it alone or tells when
 * the session begins.
 */
export function checkSeedOptions(o) {
  for (const name of numberOptions) if (o[name] !== undefined) checkInteger(o[name], `options.${name}`, 0, max32);
  if (o.paddingStrategy !== undefined && ![0, 1, 2].includes(o.paddingStrategy)) throw invalidValue('options.paddingStrategy', o.paddingStrategy, 'must be one of the constants PADDING_STRATEGY_NONE, PADDING_STRATEGY_MAX and PADDING_STRATEGY_CALLBACK');
  if (o.paddingStrategy === 2 || o.selectPadding !== undefined) checkFunction(o.selectPadding, 'options.selectPadding');
  checkObject(o.settings, 'options.settings');
  checkSettings(o.settings, true);
}

export function checkCustomList(list, name) {
  checkArray(list, name);
  if (list && list.length > maxCustom) throw error('ERR_HTTP2_TOO_MANY_CUSTOM_SETTINGS');
}

/** A Settings Object as a list of [identifier, value], by identifier. */
export function settingsList(s) {
  const list = new Map();
  for (const [id, value] of Object.entries(s.customSettings ?? {})) list.set(Number(id), value);
  for (const [name, id, min] of known) {
    const v = s[name];
    if (min === undefined ? typeof v === 'boolean' : typeof v === 'number') list.set(id, id === 4 ? Math.min(v, 2 ** 31 - 1) : Number(v));
  }
  if (typeof s.maxHeaderSize === 'number') {
    if (s.maxHeaderSize !== s.maxHeaderListSize) process.emitWarning('settings.maxHeaderSize overwrite settings.maxHeaderListSize');
    list.set(6, s.maxHeaderSize);
  }
  return [...list].sort(([a], [b]) => a - b);
}

// In the order in which Node's object has them.
const defaults = [['headerTableSize', 4096], ['enablePush', true], ['initialWindowSize', 65535], ['maxFrameSize', 16384],
  ['maxConcurrentStreams', max32], ['maxHeaderSize', 65535], ['maxHeaderListSize', 65535], ['enableConnectProtocol', false]];

export function getDefaultSettings() {
  const s = Object.create(null);
  for (const [name, value] of defaults) s[name] = value;
  return s;
}

/** The seed's: what has no default is left out. */
export function seedDefaultSettings() {
  const { headerTableSize, enablePush, initialWindowSize, maxFrameSize } = getDefaultSettings();
  return Object.assign(Object.create(null), { headerTableSize, enablePush, initialWindowSize, maxFrameSize });
}

/** What holds before anything was announced (RFC 9113, section 6.5.2). */
export function initialSettings() {
  return { headerTableSize: 4096, enablePush: true, initialWindowSize: 65535, maxFrameSize: 16384, maxConcurrentStreams: max32,
    maxHeaderListSize: max32, maxHeaderSize: max32, enableConnectProtocol: false };
}

/**
 * What holds after a SETTINGS frame.
 * @param before the Settings Object that held until then
 * @param octets the frame's settings as the engine tells them
 * @param custom identifiers without a name that the program wants to know
 */
export function afterSettings(before, octets, custom) {
  const v = new DataView(octets.buffer, octets.byteOffset, octets.byteLength), s = { ...before };
  for (let at = 0; at < octets.length; at += 8) {
    const id = v.getUint32(at, true), value = v.getUint32(at + 4, true);
    const named = known.filter((k) => k[1] === id);
    for (const [name, , min] of named) s[name] = min === undefined ? value === 1 : value;
    if (named.length === 0 && custom?.includes(id)) s.customSettings = { ...s.customSettings, [id]: value };
  }
  return s;
}

export function getPackedSettings(settings, seed) {
  checkObject(settings, 'settings');
  checkSettings(settings, seed);
  const list = settingsList(settings ?? {}), b = Buffer.alloc(6 * list.length);
  list.forEach(([id, value], i) => {
    b.writeUInt16BE(id, 6 * i);
    b.writeUInt32BE(value, 6 * i + 2);
  });
  return b;
}

export function getUnpackedSettings(buf, options = {}) {
  if (!ArrayBuffer.isView(buf) || buf.length === undefined) throw invalidType('buf', ['Buffer', 'TypedArray'], buf);
  if (buf.length % 6 !== 0) throw error('ERR_HTTP2_INVALID_PACKED_SETTINGS_LENGTH');
  const settings = {};
  for (let at = 0; at < buf.length; at += 6) {
    const id = buf[at] * 256 + buf[at + 1];
    const value = ((buf[at + 2] * 256 + buf[at + 3]) * 256 + buf[at + 4]) * 256 + buf[at + 5];
    const found = known.filter((k) => k[1] === id);
    for (const [name, , min] of found) settings[name] = min === undefined ? value !== 0 : value;
    if (found.length === 0) (settings.customSettings ??= {})[id] = value;
  }
  if (options != null && options.validate) checkSettings(settings);
  return settings;
}
