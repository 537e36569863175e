// The edge's store of shares, in workerd with D1 and R2: the contract that every
// store keeps (server/share/testdata/contract.json, which our own server's runs as
// well), and what is the edge's alone.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import test from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { edgeWorker } from '../lib/edge.mjs';
import { dist, freePort, root, tempDir } from '../lib/proc.mjs';

const api = '/api/shares';
const contract = JSON.parse(await readFile(path.join(root, 'server/share/testdata/contract.json'), 'utf8'));

/** What is sent under a name of the contract, and the record in it. */
function body(name) {
  const b = contract.bodies[name];
  assert.ok(b, `the contract has no body ${name}`);
  const plain = Buffer.from(b.head + (b.repeat ?? '').repeat(b.times ?? 0));
  const sent = b.gzip ? gzipSync(plain) : plain;
  return { plain, sent: b.cut ? sent.subarray(0, b.cut) : sent };
}

/** A Worker with shares. restart() ends it and begins anew over what was stored. */
async function shop(t, options = {}, limits = {}) {
  const persist = await tempDir(t);
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const variables = { ORIGINS: base };
  if (options.seconds) variables.SHARE_SECONDS = String(options.seconds);
  if (options.quota) variables.SHARE_QUOTA = String(options.quota);
  if (options.shares) variables.SHARE_COUNT = String(options.shares);
  let now = await edgeWorker({ port, persist, variables, limits });
  t.after(() => now.stop());
  return {
    base,
    get db() { return now.db; },
    get bodies() { return now.bodies; },
    sweep: () => now.sweep(),
    async restart() {
      await now.stop();
      now = await edgeWorker({ port, persist, variables, limits });
    },
    /** A request as the page would send it; fields of null are left out. */
    async ask(method, where, content, fields = {}) {
      const headers = { 'Content-Length': content?.length ?? 0 };
      if (method !== 'GET' && method !== 'HEAD') headers.Origin = base;
      for (const [name, value] of Object.entries(fields)) {
        if (value === null) delete headers[name];
        else headers[name] = value;
      }
      const request = http.request(base + where, { method, headers, agent: false });
      request.end(content);
      const [answer] = await once(request, 'response');
      const parts = [];
      for await (const part of answer) parts.push(part);
      return { status: answer.statusCode, headers: answer.headers, content: Buffer.concat(parts) };
    },
  };
}

/** The contract's step, done and judged. */
async function step(s, store, kept) {
  switch (s.do) {
    case 'age': // what was stored becomes older
      await store.db.prepare('UPDATE shares SET until = until - ?1').bind(s.seconds).run();
      return;
    case 'sweep': {
      const count = () => store.db.prepare("SELECT count(*) AS n FROM shares WHERE state = 'kept'").first('n');
      const before = await count();
      await store.sweep();
      assert.equal(before - await count(), s.dropped, 'dropped');
      return;
    }
    case 'restart':
      await store.restart();
      return;
    case 'crowd': {
      const answers = await Promise.all(Array.from({ length: s.many }, () => store.ask('POST', api, body(s.body).sent)));
      assert.deepEqual([...new Set(answers.map((a) => a.status))].sort(), [201, 507]);
      assert.equal(answers.filter((a) => a.status === 201).length, s.created);
      return;
    }
    case 'usage': {
      const counted = await store.db.prepare('SELECT shares, octets FROM counts').first();
      const real = await store.db.prepare("SELECT count(*) AS shares, coalesce(sum(size), 0) AS octets FROM shares WHERE state IN ('coming', 'kept')").first();
      assert.deepEqual(counted, real, 'what is counted is what is there');
      assert.equal(counted.shares, s.shares);
      for (const state of ['deleted', 'expired']) {
        if (s[state] === undefined) continue;
        const n = await store.db.prepare('SELECT count(*) AS n FROM shares WHERE state = ?1').bind(state).first('n');
        assert.equal(n, s[state], state);
      }
      return;
    }
    default:
      await request(s, store, kept);
  }
}

async function request(s, store, kept) {
  const fields = { ...s.fields };
  if (s.token) fields.Authorization = `Bearer ${s.token === 'cut' ? 'A'.repeat(11) : kept[s.token].token}`;
  const where = s.path ?? (s.share ? `${api}/${kept[s.share].id}` : api);
  const answer = await store.ask(s.do, where, s.body === undefined ? undefined : body(s.body).sent, fields);
  assert.equal(answer.status, s.status, answer.content.toString());
  for (const [name, want] of Object.entries(s.headers ?? {})) {
    assert.equal(answer.headers[name.toLowerCase()], want ?? undefined, name);
  }
  if (s.kind) {
    const no = JSON.parse(answer.content);
    assert.equal(no.kind, s.kind);
    assert.ok(no.message);
  }
  if (s.is) {
    const plain = answer.headers['content-encoding'] === 'gzip' ? gunzipSync(answer.content) : answer.content;
    assert.ok(plain.equals(body(s.is).plain), `${plain.length} octets came, and they are not those that were put`);
  }
  if (s.status === 201) {
    const got = JSON.parse(answer.content);
    assert.match(got.id, /^[\w-]{22}$/);
    assert.match(got.token, /^[\w-]{22}$/);
    assert.equal(got.path, `/#share=${got.id}`);
    if (s.keep) kept[s.keep] = got;
  }
}

for (const s of contract.shops) {
  test(`the edge: ${s.name}`, { timeout: 120_000 }, async (t) => {
    const store = await shop(t, s.options);
    const kept = {};
    for (const [i, one] of s.steps.entries()) {
      try {
        await step(one, store, kept);
      } catch (err) {
        err.message = `step ${i + 1}, ${one.do} ${one.say ?? ''} ${one.body ?? one.share ?? ''}: ${err.message}`;
        throw err;
      }
    }
  });
}

test('the edge keeps no token, and no octets of what is gone', { timeout: 60_000 }, async (t) => {
  const store = await shop(t);
  const share = async () => JSON.parse((await store.ask('POST', api, body('small').sent)).content);
  const [a, b] = [await share(), await share()];
  const rows = JSON.stringify((await store.db.prepare('SELECT * FROM shares').all()).results);
  assert.ok(rows.includes(a.id));
  assert.ok(!rows.includes(a.token) && !rows.includes(Buffer.from(a.token, 'base64url').toString('hex')), 'the token is stored');
  assert.ok(await store.bodies.head(a.id));
  await store.ask('DELETE', `${api}/${a.id}`, undefined, { Authorization: `Bearer ${a.token}` });
  assert.equal(await store.bodies.head(a.id), null, 'deleted octets stay');
  await store.db.prepare('UPDATE shares SET until = 1').run();
  await store.sweep();
  assert.equal(await store.bodies.head(b.id), null, 'expired octets stay');
});

test('the edge takes back what did not come whole', { timeout: 60_000 }, async (t) => {
  const store = await shop(t, { shares: 1 });
  // As a Worker leaves it that ends between its second and its third step.
  const id = 'A'.repeat(22);
  await store.db.prepare("INSERT INTO shares VALUES (?1, 'coming', ?2, 100, '', '', 1)").bind(id, Math.floor(Date.now() / 1000) + 600).run();
  await store.bodies.put(id, 'octets');
  assert.equal((await store.ask('GET', `${api}/${id}`)).status, 404, 'it was never acknowledged');
  assert.equal((await store.ask('POST', api, body('small').sent)).status, 507, 'its place is taken');
  await store.db.prepare('UPDATE shares SET until = 1').run();
  await store.sweep();
  assert.equal(await store.bodies.head(id), null);
  assert.equal((await store.ask('GET', `${api}/${id}`)).status, 404);
  assert.equal((await store.ask('POST', api, body('small').sent)).status, 201);
});

test('the edge tells damage from absence', { timeout: 60_000 }, async (t) => {
  const store = await shop(t);
  const { id } = JSON.parse((await store.ask('POST', api, body('small').sent)).content);
  await store.bodies.put(id, 'something else');
  const answer = await store.ask('GET', `${api}/${id}`);
  assert.equal(answer.status, 500);
  assert.equal(JSON.parse(answer.content).kind, 'failed');
});

test("the edge's limits are the platform's", { timeout: 60_000 }, async (t) => {
  const store = await shop(t, {}, { SHARE_PUTS: { limit: 2, period: 60 }, SHARE_GETS: { limit: 3, period: 60 } });
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push(await store.ask('POST', api, body('small').sent));
  assert.deepEqual(statuses.map((a) => a.status), [201, 201, 429]);
  assert.equal(statuses[2].headers['retry-after'], '60');
  assert.equal(JSON.parse(statuses[2].content).kind, 'too-many');
  assert.equal((await store.ask('GET', `${api}/${JSON.parse(statuses[0].content).id}`)).status, 200);
});

test('an edge without the bindings says so', { timeout: 60_000 }, async (t) => {
  const { base, stop } = await edgeWorker();
  t.after(stop);
  const answer = await fetch(new URL(api, base), { method: 'POST', body: body('small').sent });
  assert.equal(answer.status, 501);
  assert.equal((await answer.json()).kind, 'no-store');
});

test("the edge's program is within the platform's limits", async () => {
  const program = await readFile(path.join(dist, 'edge', 'app.wasm'));
  const packed = gzipSync(program).length;
  console.log(`edge program: ${program.length} B, ${packed} B in gzip (the platform takes 3 MB on its free plan, 10 MB on others)`);
  assert.ok(packed < 3_000_000);
});
