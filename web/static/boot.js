// Starts everything the page needs at once: app.wasm, the two Workers, the
// example's text. It is JavaScript because it runs before any Go program is
// compiled; the browser fetches and compiles the three programs side by side.
'use strict';
(() => {
  const root = document.documentElement;
  const kept = (key) => { try { return localStorage.getItem('framewise.' + key); } catch { return null; } };

  // The theme before the first paint; package bridge takes over from here.
  const asked = new URLSearchParams(location.hash.slice(1)).get('theme') || kept('theme');
  const dark = asked === 'dark' || asked !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'dark' : 'light';

  // The page's policy has trusted types on: only this one may turn a text into
  // a script's address, and only these two.
  const scripts = { inspect: '{{asset "inspect-worker.js"}}', engine: '{{asset "h2-worker.js"}}' };
  const policy = globalThis.trustedTypes?.createPolicy('framewise', {
    createScriptURL(address) {
      if (Object.values(scripts).includes(address)) return address;
      throw new TypeError('no script of this page: ' + address);
    },
  });

  // A Worker, and what it says until package bridge listens.
  const start = (address) => {
    const worker = new Worker(policy ? policy.createScriptURL(address) : address);
    worker.said = [];
    worker.onmessage = (e) => worker.said.push(['onmessage', e]);
    worker.onerror = (e) => worker.said.push(['onerror', e]);
    return worker;
  };
  const startInspect = () => start(scripts.inspect);
  const startEngine = () => start(scripts.engine);

  let inspect = startInspect();
  let engine = startEngine();

  const examples = [
    { name: 'server-push', title: 'server push', address: '{{asset "examples/hello.js"}}' },
    { name: 'window', title: 'a window of ten octets', address: '{{asset "examples/window.js"}}' },
    { name: 'hpack', title: 'the same fields again', address: '{{asset "examples/hpack.js"}}' },
    { name: 'cancel', title: 'a stream is reset', address: '{{asset "examples/cancel.js"}}' },
  ];

  globalThis.framewise = {
    examples: [],
    takeInspect() {
      const taken = inspect || startInspect();
      inspect = null;
      return taken;
    },
    // Each session runs in an engine of its own; the next one is made ready
    // once this one has had time to run.
    takeEngine() {
      const taken = engine || startEngine();
      engine = null;
      setTimeout(() => { engine = engine || startEngine(); }, 1500);
      return taken;
    },
    attach(worker, onmessage, onerror) {
      const said = worker.said || [];
      worker.said = null;
      worker.onmessage = onmessage;
      worker.onerror = onerror;
      for (const [name, event] of said) {
        (name === 'onmessage' ? onmessage : onerror)(event);
      }
    },
  };

  // What go-app asks of its page.
  globalThis.goappGetenv = () => '';

  const fail = (text) => {
    let place = document.getElementById('boot');
    if (!place) {
      place = document.createElement('p');
      place.id = 'boot';
      document.body.append(place);
      place.className = 'boot over';
    }
    place.setAttribute('role', 'alert');
    place.textContent = text;
  };

  const fetched = async (address) => {
    const response = await fetch(address);
    if (!response.ok) {
      throw new Error(address + ' was answered with ' + response.status);
    }
    return response;
  };

  // A server that calls the program anything but application/wasm gets the
  // slower way.
  const compile = async () => {
    const response = await fetched('{{asset "app.wasm"}}');
    if ((response.headers.get('Content-Type') || '').startsWith('application/wasm') && WebAssembly.compileStreaming) {
      return WebAssembly.compileStreaming(response);
    }
    return WebAssembly.compile(await response.arrayBuffer());
  };
  // The page works without its example: the editor is empty then.
  const text = async ({ name, title, address }) => ({
    name, title, text: await fetched(address).then((r) => r.text()).catch((e) => `// ${e.message}\n`),
  });

  const loaded = Promise.all([
    compile(),
    Promise.all(examples.map(text)),
    new Promise((done) => { document.addEventListener('DOMContentLoaded', done); }),
  ]);

  (async () => {
    let go, instance;
    try {
      const [module, texts] = await loaded;
      framewise.examples = texts;
      go = new Go();
      instance = await WebAssembly.instantiate(module, go.importObject);
    } catch (e) {
      const why = typeof WebAssembly === 'undefined' ? 'This browser has no WebAssembly, or it is switched off.' : e.message + '.';
      fail('The playground could not be loaded. ' + why + ' Reload the page to try again.');
      return;
    }
    try {
      await go.run(instance);
    } catch (e) {
      console.error(e);
    }
    fail('The page’s program has stopped. Reload the page to start it again; the program in the editor is kept.');
  })();
})();
