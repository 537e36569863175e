// Types that both entries share.
/// <reference types="node" />
import { EventEmitter } from 'events';
import { Duplex, Readable, Stream } from 'stream';
import * as net from 'net';
import * as tls from 'tls';
import * as fs from 'fs';

/** Field names to values; several values make as many field lines. */
export interface OutgoingHeaders { [name: string]: string | number | boolean | ReadonlyArray<string> | null | undefined }
/** Has no prototype. ':status' is a number, 'set-cookie' an array. */
export interface IncomingHeaders { [name: string]: any; ':status'?: number; 'set-cookie'?: string[] }

export interface Settings {
  headerTableSize?: number;
  enablePush?: boolean;
  initialWindowSize?: number;
  maxFrameSize?: number;
  maxConcurrentStreams?: number;
  maxHeaderListSize?: number;
}

export interface PriorityOptions { exclusive?: boolean; parent?: number; weight?: number; silent?: boolean }
export interface RequestOptions { endStream?: boolean; exclusive?: boolean; parent?: number; weight?: number }
export interface StatOptions { offset: number; length: number }

export interface FileOptions {
  offset?: number;
  length?: number;
  statCheck?(stat: fs.Stats, headers: OutgoingHeaders, range: StatOptions): void | boolean;
  onError?(err: NodeJS.ErrnoException): void;
}

export interface SessionState {
  effectiveLocalWindowSize?: number;
  effectiveRecvDataLength?: number;
  nextStreamID?: number;
  localWindowSize?: number;
  lastProcStreamID?: number;
  remoteWindowSize?: number;
  outboundQueueSize?: number;
  deflateDynamicTableSize?: number;
  inflateDynamicTableSize?: number;
}

export interface SessionOptions {
  maxDeflateDynamicTableSize?: number;
  maxSendHeaderBlockLength?: number;
  maxReservedRemoteStreams?: number;
  maxHeaderListPairs?: number;
  peerMaxConcurrentStreams?: number;
  paddingStrategy?: number;
  settings?: Settings;
}

export class Http2ServerRequest extends Readable {
  readonly aborted: boolean;
  readonly authority: string;
  readonly complete: boolean;
  readonly connection: net.Socket | tls.TLSSocket;
  readonly headers: IncomingHeaders;
  readonly httpVersion: string;
  readonly httpVersionMajor: number;
  readonly httpVersionMinor: number;
  method: string;
  readonly rawHeaders: string[];
  readonly rawTrailers: string[];
  readonly scheme: string;
  readonly socket: net.Socket | tls.TLSSocket;
  readonly stream: Duplex;
  readonly trailers: IncomingHeaders;
  url: string;
  setTimeout(msecs: number, callback?: () => void): this;
}

export class Http2ServerResponse extends Stream {
  readonly connection: net.Socket | tls.TLSSocket | undefined;
  readonly finished: boolean;
  readonly headersSent: boolean;
  readonly req: Http2ServerRequest;
  sendDate: boolean;
  readonly socket: net.Socket | tls.TLSSocket | undefined;
  statusCode: number;
  statusMessage: '';
  readonly stream: Duplex;
  readonly writableEnded: boolean;
  addTrailers(trailers: OutgoingHeaders): void;
  appendHeader(name: string, value: string | string[]): void;
  cork(): void;
  createPushResponse(headers: OutgoingHeaders, callback: (err: Error | null, response: Http2ServerResponse) => void): void;
  destroy(err?: Error): void;
  end(callback?: () => void): this;
  end(data: string | Uint8Array, callback?: () => void): this;
  end(data: string | Uint8Array, encoding: BufferEncoding, callback?: () => void): this;
  flushHeaders(): void;
  getHeader(name: string): any;
  getHeaderNames(): string[];
  getHeaders(): OutgoingHeaders;
  hasHeader(name: string): boolean;
  removeHeader(name: string): void;
  setHeader(name: string, value: number | string | ReadonlyArray<string>): void;
  setTimeout(msecs: number, callback?: () => void): void;
  setTrailer(name: string, value: string): void;
  uncork(): void;
  write(chunk: string | Uint8Array, callback?: (err?: Error) => void): boolean;
  write(chunk: string | Uint8Array, encoding: BufferEncoding, callback?: (err?: Error) => void): boolean;
  writeContinue(): boolean;
  writeEarlyHints(hints: Record<string, string | string[]>): boolean;
  writeHead(statusCode: number, headers?: OutgoingHeaders | ReadonlyArray<any>): this;
  writeHead(statusCode: number, statusMessage: string, headers?: OutgoingHeaders | ReadonlyArray<any>): this;
}

export type RequestHandler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** NGHTTP2_…, HTTP2_HEADER_…, HTTP2_METHOD_…, HTTP_STATUS_…, PADDING_STRATEGY_…. */
export const constants: { readonly [name: string]: any };
export { EventEmitter };
