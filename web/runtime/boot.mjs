// Loads h2.wasm under Node: node's stand-in for what worker.js does in a Worker.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { selectPadding } from '../http2/engine.js';

/** The exports of h2.wasm, from the paths of wasm_exec.js and of the module. */
export async function boot(exec, wasm, padding = selectPadding) {
  createRequire(import.meta.url)(exec);
  const go = new globalThis.Go();
  go.importObject.framewise = { selectPadding: padding };
  const { instance } = await WebAssembly.instantiate(readFileSync(wasm), go.importObject);
  go.run(instance);
  return instance.exports;
}
