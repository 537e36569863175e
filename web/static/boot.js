// Starts everything the page needs at once: app.wasm, the two Workers, the
// editor. It is JavaScript because it runs before any Go program is
// compiled; the browser fetches and compiles the three programs side by side.
'use strict';
(() => {
  const root = document.documentElement;
  const kept = (key) => { try { return localStorage.getItem('framewise.' + key); } catch { return null; } };

  // A % that begins no octet is a % (somebody wrote the address, or cut it
  // off): Go's parser takes no address that holds one. This listener is the
  // first, so package ui sees what it leaves.
  const mend = () => {
    const { pathname, search, hash } = location;
    const whole = hash.replace(/%(?![0-9a-f]{2})/gi, '%25');
    if (whole !== hash) history.replaceState(history.state, '', pathname + search + whole);
  };
  mend();
  addEventListener('hashchange', mend);
  addEventListener('popstate', mend);

  // The theme before the first paint; package bridge takes over from here.
  const asked = new URLSearchParams(location.hash.slice(1)).get('theme') || kept('theme');
  const dark = asked === 'dark' || asked !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'dark' : 'light';

  // Other sites may show the page only as ?embed=1. Our servers say so in a
  // header; for hosts without it the page looks by itself.
  const embedded = new URLSearchParams(location.search).get('embed') === '1';
  if (window.top !== window && !embedded) {
    document.addEventListener('DOMContentLoaded', () => { document.body.textContent = 'Framewise can be part of another page at the address ?embed=1 only.'; });
    return;
  }

  // The page's policy has trusted types on: only this one may turn a text into
  // a script's address, and only these.
  const scripts = { inspect: '{{asset "inspect-worker.js"}}', offline: './sw.js', engine: '{{asset "h2-worker.js"}}', editor: '{{asset "editor.js"}}' };
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

  // An engine for a program that came with somebody's record, which looks like
  // a Worker. It runs in a frame that has an origin of its own and no network
  // (sandbox.html), so what it needs is fetched here and handed over.
  const programs = { plain: '{{asset "h2.wasm"}}', tls: '{{asset "h2tls.wasm"}}' };
  const startSealed = () => {
    const frame = Object.assign(document.createElement('iframe'), { className: 'gone', title: 'Place of a program that came with a record' });
    const worker = { said: [], onmessage: null, onerror: null };
    const hear = (m) => {
      const event = { data: m };
      if (worker.said) worker.said.push(['onmessage', event]); else worker.onmessage?.(event);
    };
    const dead = (message) => hear({ op: 'dead', message });
    const waiting = [];
    let open = false;
    const post = (m, transfer = []) => {
      if (open) frame.contentWindow?.postMessage(m, '*', transfer); else waiting.push([m, transfer]);
    };
    const texts = () => Promise.all(['{{asset "wasm_exec.js"}}', scripts.engine].map(async (address) => (await fetched(address)).text()));
    const sealed = async () => {
      const text = (await texts()).join('\n');
      frame.contentWindow?.postMessage({ op: 'start', text }, '*');
      open = true;
      for (const [m, transfer] of waiting.splice(0)) post(m, transfer);
    };
    const give = async (kind) => {
      const octets = await (await fetched(programs[kind])).arrayBuffer();
      post({ op: 'give', kind, octets }, [octets]);
    };
    const fail = (e) => dead(`the program's place could not be made: ${e.message}`);
    const listen = (e) => {
      if (e.source !== frame.contentWindow) return;
      switch (e.data?.op) {
        case 'sealed': sealed().catch(fail); break;
        case 'open': dead('This host does not keep programs of other people apart yet. Reload the page: its service worker does it from then on.'); break;
        case 'need': if (e.data.kind in programs) give(e.data.kind).catch(fail); break;
        default: hear(e.data);
      }
    };
    worker.postMessage = post;
    worker.terminate = () => { removeEventListener('message', listen); frame.remove(); };
    addEventListener('message', listen);
    frame.src = '{{asset "sandbox.html"}}';
    document.body.append(frame);
    return worker;
  };

  // The version of what runs programs: h2-worker.js names both engines by their
  // content, and is itself named so.
  const version = /([0-9a-f]{8,})\.js$/.exec(scripts.engine)?.[1] ?? '';

  let inspect = startInspect();
  let reader = inspect; // the analyser that read the last record
  let engine = startEngine();

  let waiting = null; // a service worker with a newer version of the page
  let tellUpdate = () => {};
  let reloading = false;

  globalThis.framewise = {
    examples: [],
    version,
    takeInspect() {
      const taken = inspect || startInspect();
      inspect = null;
      reader = taken;
      return taken;
    },
    // An engine runs one session after the other, until one has to be ended.
    takeEngine() {
      const taken = engine || startEngine();
      engine = null;
      return taken;
    },
    takeSealed: startSealed,
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
    // Files that the visitor gave to the page, by a button or by dropping them on
    // it; tell('over'), tell('left'), tell('given', number of the first, the files).
    files: [],
    pickFile(kinds) {
      picker.accept = kinds;
      picker.click();
    },
    // The text of a file that somebody chooses, null where nobody does; of one with
    // more octets than most, the first that are too many.
    pickText(accept, most, tell) {
      const input = Object.assign(document.createElement('input'), { type: 'file', accept });
      input.onchange = () => input.files[0].slice(0, most + 1).text().then(tell, () => tell(null));
      input.oncancel = () => tell(null);
      input.click();
    },
    watchFiles(tell) { tellFile = tell; },
    // A word to the analyser's Worker that has the last record's octets.
    askReader(m, transfer) { reader.postMessage(m, transfer); },
    // The record as a file, with bookmarks [{frame, text}]. The analyser's Worker
    // keeps its octets, so that they can be had when the analyser, or this page's
    // program, is no more.
    saveRecord(marks) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => {
        port1.close();
        const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(data.blob), download: 'framewise.h2trace' });
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      };
      reader.postMessage({ op: 'save', port: port2, marks }, [port2]);
    },
    // The page works offline by its service worker (sw.js), which fetches newer
    // versions of the page in the background. ready is called when one waits.
    watchUpdates(ready) {
      tellUpdate = ready;
      if (waiting) ready();
    },
    applyUpdate() {
      if (!waiting) return;
      reloading = true;
      waiting.postMessage('take over');
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

  let tellFile = () => {};
  const give = (list) => {
    if (!list?.length) return;
    tellFile('given', framewise.files.push(...list) - list.length, list);
  };
  const picker = Object.assign(document.createElement('input'), { type: 'file', multiple: true });
  picker.onchange = () => { give(picker.files); picker.value = ''; };
  const dragged = (e, what) => {
    if (!e.dataTransfer?.types.includes('Files')) return false;
    if (e.target.closest?.('.compare')) return false; // a second record: package bridge takes it
    e.preventDefault();
    e.stopPropagation();
    if (e.type === 'dragover') e.dataTransfer.dropEffect = 'copy';
    else tellFile(what);
    return true;
  };
  if (!embedded) {
    // Before any element (the editor takes dropped files, too) hears of it.
    addEventListener('dragenter', (e) => dragged(e, 'over'), true);
    addEventListener('dragover', (e) => dragged(e), true);
    addEventListener('dragleave', (e) => { if (!e.relatedTarget) dragged(e, 'left'); }, true);
    addEventListener('drop', (e) => { if (dragged(e, 'left')) give(e.dataTransfer.files); }, true);
  }

  const watch = (registration) => {
    const found = (worker) => {
      if (!worker || !navigator.serviceWorker.controller) return; // the first one: nothing to update
      waiting = worker;
      tellUpdate();
    };
    found(registration.waiting);
    registration.addEventListener('updatefound', () => {
      const coming = registration.installing;
      coming.addEventListener('statechange', () => { if (coming.state === 'installed') found(registration.waiting); });
    });
    const look = () => registration.update().catch(() => {}); // offline: later
    document.addEventListener('visibilitychange', () => { if (!document.hidden) look(); });
    setInterval(look, 3_600_000);
  };
  const goOffline = () => {
    // Hosts without https have no service workers; the page works without.
    if (embedded || !navigator.serviceWorker) return;
    navigator.serviceWorker.addEventListener('controllerchange', () => { if (reloading) location.reload(); });
    navigator.serviceWorker.register(trusted(scripts.offline), { updateViaCache: 'none' }).then(watch, (e) => console.warn(`not kept for offline use: ${e.message}`));
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
    place.textContent = text + ' ';
    const save = Object.assign(document.createElement('button'), { className: 'btn small', textContent: 'Save the record', type: 'button' });
    save.onclick = () => framewise.saveRecord();
    place.append(save);
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
      setTimeout(goOffline, 1500); // what the page itself needs comes first
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
