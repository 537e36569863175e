// The tab's runtime under Node.js: what worker.js is in a browser. The paths of
// the bundle (go run ./web/build runtime FILE), of wasm_exec.js and of the two
// engines come from the environment.
import { pathToFileURL } from 'node:url';
import { boot } from './boot.mjs';

const { RUNTIME, WASM_EXEC, H2_WASM, H2TLS_WASM } = process.env;
const runtime = await import(pathToFileURL(RUNTIME));

const engines = [];
const engine = async (i) => (engines[i] ??= await boot(WASM_EXEC, [H2_WASM, H2TLS_WASM][i], runtime.selectPadding));

// The runtime is who deals with rejections that nobody handles, not node:test.
function own(runtime) {
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (e) => runtime.fail(e));
}

export const { Exit, NeedsTLS, Outside, ProgramError, Runtime, tap } = runtime;

/**
 * Runs a program, on the engine with TLS if it asks for that. options.outside()
 * makes an Outside for each engine.
 * @return {error, octets, entries, log, batches}: why it could not go on, or null;
 *   the record, its entries, the console's lines; [octets, whether call() ran them]
 */
export async function run(program, options = {}) {
  for (const i of [0, 1]) {
    const pieces = [], batches = [];
    const outside = options.outside?.();
    const r = new Runtime(await engine(i), { onTrace: (b) => pieces.push(b), batches: (...b) => batches.push(b), limits: options.limits, outside, secure: i === 1 });
    own(r);
    let error = null;
    try {
      await r.run(program, options);
    } catch (e) {
      if (e instanceof NeedsTLS && i === 0) continue;
      if (!(e instanceof Exit)) error = e;
    } finally {
      outside?.close();
    }
    const octets = Buffer.concat(pieces);
    const entries = octets.toString().trim().split('\n').filter(Boolean).map((l) => JSON.parse(l));
    return { error, octets, entries, batches, runtime: r, log: entries.filter((e) => e.k === 'console').map((e) => e.text) };
  }
  throw new Error('the engine with TLS has none');
}
