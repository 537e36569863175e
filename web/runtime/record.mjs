// Runs a program twice and writes what came out, for the test in wasm/h2 that
// holds WASM and native code equal (the environment is node.mjs's):
//   node record.mjs PROGRAM.js OUT_FOLDER NETWORK
// NETWORK is JSON, see Runtime.run; the octets of its steps are arrays.
import { readFileSync, writeFileSync } from 'node:fs';
import { run } from './node.mjs';

const [program, out, network] = process.argv.slice(2);
const passing = 2 ** 31; // of a batch's length: call() ran it

for (const turn of ['first', 'second']) {
  const { error, octets, batches } = await run(readFileSync(program, 'utf8'), { seed: 1, network: JSON.parse(network) });
  if (error && !JSON.parse(network).steps) { // with steps a program may well fail
    console.error(`${error.line}:${error.col}: ${error.message}`);
    process.exitCode = 1;
  }
  writeFileSync(`${out}/${turn}.h2trace`, octets);
  const framed = batches.flatMap(([b, call]) => { const n = Buffer.alloc(4); n.writeUInt32LE(b.length + (call ? passing : 0)); return [n, b]; });
  writeFileSync(`${out}/${turn}.batches`, Buffer.concat(framed));
}
process.exit();
