// Starts everything the page needs at once: app.wasm, the two Workers, the
// editor. It is JavaScript because it runs before any Go program is
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
  // a script's address, and only these.
  const scripts = { inspect: '{{asset "inspect-worker.js"}}', engine: '{{asset "h2-worker.js"}}', editor: '{{asset "editor.js"}}' };
  const policy = globalThis.trustedTypes?.createPolicy('framewise', {
    createScriptURL(address) {
      if (Object.values(scripts).includes(address)) return address;
      throw new TypeError('no script of this page: ' + address);
    },
  });

  const trusted = (address) => (policy ? policy.createScriptURL(address) : address);

  // A Worker, and what it says until package bridge listens.
  const start = (address) => {
    const worker = new Worker(trusted(address));
    worker.said = [];
    worker.onmessage = (e) => worker.said.push(['onmessage', e]);
    worker.onerror = (e) => worker.said.push(['onerror', e]);
    return worker;
  };
  const startInspect = () => start(scripts.inspect);
  const startEngine = () => start(scripts.engine);

  let inspect = startInspect();
  let engine = startEngine();

  globalThis.framewise = {
    examples: [],
    takeInspect() {
      const taken = inspect || startInspect();
      inspect = null;
      return taken;
    },
    // An engine runs one session after the other, until one has to be ended.
    takeEngine() {
      const taken = engine || startEngine();
      engine = null;
      return taken;
    },
    // The editor's script comes when the page has time for it: the text is there
    // before, and what is asked of the editor waits.
    editor: null,
    mountEditor(host, options) {
      let view = null;
      const waiting = [];
      const call = (name) => (...args) => { if (view) view[name](...args); else waiting.push([name, args]); };
      framewise.editor = Object.fromEntries(['setText', 'show', 'reveal', 'focus'].map((name) => [name, call(name)]));
      framewise.editor.text = () => (view ? view.text() : options.text);
      const start = () => {
        view = globalThis.framewiseEditor.mount(host, options);
        for (const [name, args] of waiting) view[name](...args);
      };
      if (globalThis.framewiseEditor) {
        start();
        return;
      }
      host.append(Object.assign(document.createElement('pre'), { textContent: options.text }));
      addEventListener('framewise-editor', start, { once: true });
      const fetchIt = () => document.head.append(Object.assign(document.createElement('script'), { src: trusted(scripts.editor) }));
      (globalThis.requestIdleCallback ?? setTimeout)(fetchIt, { timeout: 500 });
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
  const loaded = Promise.all([
    compile(),
    new Promise((done) => { document.addEventListener('DOMContentLoaded', done); }),
  ]);

  (async () => {
    let go, instance;
    try {
      const [module] = await loaded;
      // The page works without its examples: the editor is empty then.
      framewise.examples = globalThis.framewiseExamples ?? [];
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
