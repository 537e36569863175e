// Everything that require() finds in the tab. The bundler wraps this file and all
// that it needs in a function, which is called for each run: no module, and
// nothing that a program did to one, outlives its run.

import * as asyncHooks from './async_hooks.js';
import assert from './assert.js';
import buffer, { Buffer } from './buffer.js';
import crypto from './crypto.js';
import EventEmitter from './events.js';
import framewiseModule from './framewise.js';
import fs from './fs.js';
import http from './http.js';
import net from './net.js';
import path from './path.js';
import process from './process.js';
import stream from './stream.js';
import * as decoder from '#npm/string_decoder';
import timers from './timers.js';
import tls from './tls.js';
import url from './url.js';
import util from './util.js';
import http2 from '../../http2/seed.js';
import current from '../../http2/current.js';
import { coded, invalidType } from './errors.js';

const found = {
  http2, 'http2/current': current, assert, 'assert/strict': assert, async_hooks: asyncHooks, buffer, crypto, events: EventEmitter, framewise: framewiseModule, fs, 'fs/promises': fs.promises,
  http, net, path, 'path/posix': path, perf_hooks: { performance }, process, stream, 'stream/promises': stream.promises, string_decoder: decoder, timers, 'timers/promises': timers.promises, tls, url, util,
};

/** Makes require(); names maps what a program asks for to what it means, {http: 'http2'}. */
export function require(names) {
  const load = (id) => {
    if (typeof id !== 'string') throw invalidType('id', 'of type string', id);
    const name = id.replace(/^node:/, '');
    const meant = names[name] ?? name;
    if (Object.hasOwn(found, meant)) return found[meant];
    const there = Object.keys(found).filter((n) => !n.includes('/') || n === 'http2/current').sort().join(', ');
    throw coded(Error, 'MODULE_NOT_FOUND', `Cannot find module '${id}'; there are ${there}`, { requireStack: ['/app/program.js'] });
  };
  return Object.assign(load, { resolve: (id) => id, cache: {}, main: undefined });
}

export { process, Buffer };
