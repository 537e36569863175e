// dist/edge in workerd, by miniflare, without a network.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { dist } from './proc.mjs';

const dir = path.join(dist, 'edge');

/**
 * Starts the Worker with dist/site behind its asset binding, as wrangler.toml says.
 * persist is a folder: with it there are shares, whose tables are made where they
 * are missing. port, variables and limits ({name: {limit, period}}) are the Worker's.
 * The answer has its address (base), its D1 (db) and R2 (bodies), sweep() and stop().
 */
export async function edgeWorker({ port = 0, persist, variables = {}, limits = {} } = {}) {
  const module = (type, name) => ({ type, path: path.join(dir, name) });
  const worker = new Miniflare({
    host: '127.0.0.1',
    port,
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
    bindings: variables,
    ratelimits: Object.fromEntries(Object.entries(limits).map(([name, simple]) => [name, { simple, namespace_id: name }])),
    ...persist && {
      d1Databases: { SHARES_DB: 'framewise-shares' }, d1Persist: path.join(persist, 'd1'),
      r2Buckets: { SHARES: 'framewise-shares' }, r2Persist: path.join(persist, 'r2'),
    },
  });
  const base = (await worker.ready).href;
  const stop = () => worker.dispose();
  if (!persist) return { base, stop };
  try {
    const db = await worker.getD1Database('SHARES_DB');
    if (!await db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'shares'").first()) await migrate(db);
    return {
      base,
      stop,
      db,
      bodies: await worker.getR2Bucket('SHARES'),
      sweep: async () => (await worker.getWorker()).scheduled({ cron: '17 * * * *' }),
    };
  } catch (err) {
    await stop();
    throw err;
  }
}

/** Makes the tables, as `wrangler d1 migrations apply` does: statement by statement. */
async function migrate(db) {
  const folder = path.join(dir, 'migrations');
  for (const name of (await readdir(folder)).sort()) {
    const text = (await readFile(path.join(folder, name), 'utf8')).replace(/^--.*$/gm, '');
    // A trigger has statements of its own, up to its END.
    const statements = text.match(/\s*CREATE TRIGGER[^]*?END;|[^;]+;/g).map((s) => s.trim()).filter(Boolean);
    await db.batch(statements.map((s) => db.prepare(s)));
  }
}

/** Starts the Worker for a test, without shares, and gives its address. */
export async function edge(t) {
  const { base, stop } = await edgeWorker();
  t.after(stop);
  return base;
}
