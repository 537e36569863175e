// dist/edge in workerd, by miniflare, without a network.
import path from 'node:path';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { dist } from './proc.mjs';

/** Starts the Worker with dist/site behind its asset binding, as wrangler.toml says. */
export async function edge(t) {
  const dir = path.join(dist, 'edge');
  const module = (type, name) => ({ type, path: path.join(dir, name) });
  const worker = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    log: new Log(LogLevel.WARN),
    compatibilityDate: '2026-07-30',
    rootPath: dir,
    modulesRoot: dir,
    modules: [
      module('ESModule', 'worker.mjs'), module('ESModule', 'runtime.mjs'), module('ESModule', 'wasm_exec.js'),
      module('CompiledWasm', 'app.wasm'),
    ],
    assets: {
      directory: path.join(dist, 'site'),
      binding: 'ASSETS',
      routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true },
      assetConfig: { html_handling: 'none', not_found_handling: 'none' },
    },
  });
  t.after(() => worker.dispose());
  return (await worker.ready).href;
}
