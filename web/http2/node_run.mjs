// Runs a program on h2.wasm under Node and writes what came out, for the test
// in wasm/h2 that holds WASM and native code equal:
//   node node_run.mjs WASM_EXEC.js H2.wasm PROGRAM.js OUT_FOLDER LATENCY_NS
import { readFileSync, writeFileSync } from 'node:fs';
import { boot } from './boot_node.mjs';
import { Runtime } from '../runtime/runtime.js';

const [exec, wasm, program, out, latency] = process.argv.slice(2);
const exports = await boot(exec, wasm);

for (const turn of ['first', 'second']) {
  const lines = [], batches = [];
  const runtime = new Runtime(exports, { onTrace: (b) => lines.push(b), batches: (b) => batches.push(b) });
  try {
    await runtime.run(readFileSync(program, 'utf8'), { seed: 1, network: { latency: Number(latency) } });
  } catch (e) {
    console.error(`${e.line}:${e.col}: ${e.message}`);
    process.exitCode = 1;
  }
  writeFileSync(`${out}/${turn}.h2trace`, Buffer.concat(lines));
  const framed = batches.flatMap((b) => { const n = Buffer.alloc(4); n.writeUInt32LE(b.length); return [n, b]; });
  writeFileSync(`${out}/${turn}.batches`, Buffer.concat(framed));
}
process.exit();
