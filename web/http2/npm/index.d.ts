// The http2 of the seed: the API that Node's http2 began with.
import { Duplex } from 'stream';
import { EventEmitter } from 'events';
import * as net from 'net';
import * as tls from 'tls';
import {
  FileOptions, IncomingHeaders, OutgoingHeaders, PriorityOptions, RequestHandler, RequestOptions, SessionOptions as Options, SessionState, Settings,
} from './common';

export * from './common';

export interface SessionOptions extends Options {
  /** For PADDING_STRATEGY_CALLBACK: the length of the payload, from frameLen to maxFrameLen. */
  selectPadding?(frameLen: number, maxFrameLen: number): number;
}
export interface ServerOptions extends SessionOptions, net.ServerOpts {}
export interface SecureServerOptions extends SessionOptions, tls.TlsOptions { allowHTTP1?: boolean }
export interface ClientOptions extends SessionOptions, tls.ConnectionOptions { createConnection?(authority: URL, options: ClientOptions): Duplex }

export interface ShutdownOptions { graceful?: boolean; errorCode?: number; lastStreamID?: number; opaqueData?: Uint8Array }

export interface StreamState {
  localWindowSize?: number;
  state?: number;
  streamLocalClose?: number;
  streamRemoteClose?: number;
  sumDependencyWeight?: number;
  weight?: number;
}

export class Http2Session extends EventEmitter {
  private constructor();
  readonly connecting: boolean;
  readonly destroyed: boolean;
  readonly localSettings: Settings;
  readonly pendingSettingsAck: boolean;
  readonly remoteSettings: Settings;
  readonly socket: net.Socket | tls.TLSSocket;
  readonly state: SessionState;
  readonly type: number;
  destroy(error?: Error): void;
  priority(stream: Http2Stream, options: PriorityOptions): void;
  rstStream(stream: Http2Stream, code?: number): void;
  setTimeout(msecs: number, callback?: () => void): this;
  settings(settings: Settings): void;
  shutdown(options?: ShutdownOptions, callback?: () => void): void;
  on(event: 'close' | 'timeout', listener: () => void): this;
  on(event: 'connect', listener: (session: Http2Session, socket: net.Socket) => void): this;
  on(event: 'error' | 'socketError', listener: (err: Error) => void): this;
  on(event: 'frameError', listener: (type: number, code: number, id: number) => void): this;
  on(event: 'goaway', listener: (errorCode: number, lastStreamID: number, opaqueData?: Buffer) => void): this;
  on(event: 'localSettings' | 'remoteSettings', listener: (settings: Settings) => void): this;
  on(event: 'stream', listener: (stream: any, headers: IncomingHeaders, flags: number) => void): this;
  on(event: string | symbol, listener: (...args: any[]) => void): this;
}

export interface ClientHttp2Session extends Http2Session {
  request(headers?: OutgoingHeaders, options?: RequestOptions): ClientHttp2Stream;
}

export class Http2Stream extends Duplex {
  protected constructor();
  readonly aborted: boolean;
  readonly destroyed: boolean;
  readonly id: number | undefined;
  readonly rstCode: number | undefined;
  readonly session: Http2Session | undefined;
  readonly state: StreamState;
  priority(options: PriorityOptions): void;
  rstStream(code?: number): void;
  rstWithCancel(): void;
  rstWithInternalError(): void;
  rstWithNoError(): void;
  rstWithProtocolError(): void;
  rstWithRefuse(): void;
  setTimeout(msecs: number, callback?: () => void): this;
  on(event: 'aborted' | 'ready' | 'timeout' | 'end' | 'finish' | 'close' | 'drain', listener: () => void): this;
  on(event: 'data', listener: (chunk: any) => void): this;
  on(event: 'error', listener: (err: Error) => void): this;
  on(event: 'fetchTrailers', listener: (trailers: OutgoingHeaders) => void): this;
  on(event: 'frameError', listener: (type: number, code: number) => void): this;
  on(event: 'streamClosed', listener: (code: number) => void): this;
  on(event: 'trailers' | 'headers' | 'push' | 'response', listener: (headers: IncomingHeaders, flags: number) => void): this;
  on(event: string | symbol, listener: (...args: any[]) => void): this;
}

export interface ClientHttp2Stream extends Http2Stream {}

export interface ServerHttp2Stream extends Http2Stream {
  readonly headersSent: boolean;
  readonly pushAllowed: boolean;
  additionalHeaders(headers: OutgoingHeaders): void;
  pushStream(headers: OutgoingHeaders, callback: (stream: ServerHttp2Stream, headers: OutgoingHeaders, flags: number) => void): void;
  pushStream(headers: OutgoingHeaders, options: PriorityOptions | undefined, callback: (stream: ServerHttp2Stream, headers: OutgoingHeaders, flags: number) => void): void;
  respond(headers?: OutgoingHeaders, options?: { endStream?: boolean }): void;
  respondWithFD(fd: number, headers?: OutgoingHeaders, options?: FileOptions): void;
  respondWithFile(path: string | Buffer | URL, headers?: OutgoingHeaders, options?: FileOptions): void;
}

export interface Http2Server extends net.Server { setTimeout(msecs: number, callback?: () => void): this; timeout: number }
export interface Http2SecureServer extends tls.Server { setTimeout(msecs: number, callback?: () => void): this; timeout: number }

export function connect(authority: string | URL, listener?: (session: ClientHttp2Session, socket: net.Socket) => void): ClientHttp2Session;
export function connect(authority: string | URL, options?: ClientOptions, listener?: (session: ClientHttp2Session, socket: net.Socket) => void): ClientHttp2Session;
export function createServer(onRequestHandler?: RequestHandler): Http2Server;
export function createServer(options: ServerOptions, onRequestHandler?: RequestHandler): Http2Server;
export function createSecureServer(options: SecureServerOptions, onRequestHandler?: RequestHandler): Http2SecureServer;
export function getDefaultSettings(): Settings;
export function getPackedSettings(settings?: Settings): Buffer;
export function getUnpackedSettings(buf: Uint8Array): Settings;
