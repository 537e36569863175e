// export.js saves and prints views. It is JavaScript because drawing what stands in
// the document needs its layout: the place of every line of text and every box.
//
// framewise.export.file(name, type, text)                    saves a text
// framewise.export.drawing(name, format, svg, width, height) saves the model's SVG, or a PNG of it
// framewise.export.view(name, title, format)                 draws the view in the document, or prints it
// framewise.export.print(drawings)                           prints drawings, each on a page
'use strict';
(() => {
  const NS = 'http://www.w3.org/2000/svg';
  const SCALE = 2;         // pixels of a PNG for a CSS pixel
  const HIGHEST = 32_000;  // pixels: browsers draw no higher canvas
  const WIDE = 1_080;      // CSS pixels: the width in which a view is laid out to be drawn
  const root = document.documentElement;

  const save = (name, blob) => {
    const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };
  const file = (name, type, text) => save(name, new Blob([text], { type }));

  /** The drawing with the theme's colours in place of their names. */
  const coloured = (svg) => {
    const theme = getComputedStyle(root);
    return svg.replace(/var\((--[\w-]+)\)/g, (_, name) => theme.getPropertyValue(name).trim() || 'gray');
  };
  const address = (svg) => URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));

  const loaded = (svg) => new Promise((done, failed) => {
    const image = new Image();
    image.onload = () => done(image);
    image.onerror = () => failed(new Error('the drawing can’t be read'));
    image.src = address(svg);
  });

  async function png(name, svg, width, height) {
    const image = await loaded(svg);
    const scale = Math.min(SCALE, HIGHEST / height, HIGHEST / width);
    const canvas = Object.assign(document.createElement('canvas'), { width: Math.round(width * scale), height: Math.round(height * scale) });
    canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(image.src);
    const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'));
    if (!blob) throw new Error('the browser could not make the picture');
    save(`${name}.png`, blob);
  }

  const keep = (name, format, text, width, height) => {
    if (format === 'png') png(name, text, width, height).catch((e) => console.error(`no PNG: ${e.message}`));
    else file(`${name}.svg`, 'image/svg+xml', text);
  };
  const drawing = (name, format, svg, width, height) => keep(name, format, coloured(svg), width, height);

  // --- What stands in the document, as an SVG.

  const make = (name, attributes, text) => {
    const el = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) el.setAttribute(key, value);
    if (text !== undefined) el.textContent = text;
    return el;
  };
  const round = (n) => String(Math.round(n * 100) / 100);
  const clear = (color) => !color || color === 'transparent' || /[,/]\s*0\)$/.test(color);
  // XML has no control characters.
  const sound = (text) => text.replace(/[\u0000-\u001f\ufffe\uffff]/g, ' ').toWellFormed?.() ?? text;

  const charted = ['fill', 'fill-opacity', 'fill-rule', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-opacity', 'stroke-linecap',
    'stroke-linejoin', 'opacity', 'font-size', 'font-family', 'font-weight', 'font-style', 'text-anchor', 'dominant-baseline',
    'vector-effect', 'paint-order', 'visibility', 'stop-color', 'stop-opacity'];
  const usual = { 'fill-opacity': '1', 'fill-rule': 'nonzero', 'stroke-dasharray': 'none', 'stroke-opacity': '1', 'stroke-linecap': 'butt', 'stroke-linejoin': 'miter',
    opacity: '1', 'font-style': 'normal', 'vector-effect': 'none', 'paint-order': 'normal', visibility: 'visible', 'stop-color': 'rgb(0, 0, 0)', 'stop-opacity': '1', 'dominant-baseline': 'auto' };
  const alone = new Set(['opacity', 'vector-effect', 'stop-color', 'stop-opacity']); // are not handed down
  const placed = ['x', 'y', 'width', 'height', 'cx', 'cy', 'r', 'rx', 'ry'];
  const kept = new Set(['d', 'points', 'x1', 'x2', 'y1', 'y2', 'x', 'y', 'dx', 'dy', 'width', 'height', 'cx', 'cy', 'r', 'rx', 'ry', 'viewBox',
    'preserveAspectRatio', 'transform', 'overflow', 'offset', 'gradientUnits', 'patternUnits', 'patternTransform', 'clipPathUnits', 'markerWidth', 'markerHeight', 'refX', 'refY', 'orient']);
  const drawn = new Set(['svg', 'g', 'path', 'rect', 'line', 'circle', 'ellipse', 'polyline', 'polygon', 'text', 'tspan', 'defs', 'pattern', 'clipPath', 'linearGradient', 'stop', 'marker']);

  /** A chart's element with its looks written out; null when it is not seen. */
  function chart(from, outer) {
    if (!drawn.has(from.localName)) return null;
    const style = getComputedStyle(from);
    if (style.display === 'none' && from.localName !== 'defs') return null;
    const to = make(from.localName, {});
    for (const { name, value } of from.attributes) if (kept.has(name)) to.setAttribute(name, value);
    if (from.id && from.closest('defs')) to.id = from.id;
    for (const name of charted) {
      const value = style.getPropertyValue(name);
      if (value && value !== (outer ? outer.getPropertyValue(name) : usual[name]) || outer && alone.has(name) && value !== usual[name]) to.setAttribute(name, value.replace(/url\(["']?[^#"')]*(#[^"')]*)["']?\)/, 'url($1)'));
    }
    if (from.localName === 'rect' || from.localName === 'circle') {
      for (const name of placed) {
        const value = style.getPropertyValue(name);
        if (value && value !== 'auto' && !to.hasAttribute(name)) to.setAttribute(name, value);
      }
    }
    if (style.transform !== 'none' && !to.hasAttribute('transform')) to.setAttribute('transform', style.transform);
    for (const child of from.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) to.append(sound(child.data));
      else if (child.nodeType === Node.ELEMENT_NODE) {
        const inner = chart(child, style);
        if (inner) to.append(inner);
      }
    }
    return to;
  }

  /** The rectangle in which an element's content can be seen. */
  function window_(el, style, rect, clip) {
    if (style.overflowX === 'visible' && style.overflowY === 'visible') return clip;
    return { left: Math.max(clip.left, rect.left), top: Math.max(clip.top, rect.top), right: Math.min(clip.right, rect.right), bottom: Math.min(clip.bottom, rect.bottom) };
  }

  /** The lines of a text as they stand: [text, rectangle]. */
  function* lines(node) {
    const range = document.createRange();
    range.selectNodeContents(node);
    const rects = [...range.getClientRects()].filter((r) => r.width > 0);
    if (rects.length <= 1) {
      if (rects.length) yield [node.data, rects[0]];
      return;
    }
    let from = 0, last = null;
    for (let i = 0; i < node.length; i++) {
      range.setStart(node, i);
      range.setEnd(node, i + 1);
      const r = range.getBoundingClientRect();
      if (!r.width) continue;
      if (last && r.top > last.top + last.height / 2) {
        yield [node.data.slice(from, i), last];
        from = i;
        last = null;
      }
      last = last ? new DOMRect(last.left, last.top, r.right - last.left, last.height) : r;
    }
    if (last) yield [node.data.slice(from), last];
  }

  const transformed = { uppercase: (s) => s.toUpperCase(), lowercase: (s) => s.toLowerCase() };

  /** Draws an element and what is in it into the SVG. */
  function paint(el, to, origin, clip) {
    if (el.classList.contains('view-bar') || el.hidden) return;
    const style = getComputedStyle(el);
    if (style.display === 'none' || style.visibility === 'hidden') return;
    const rect = el.getBoundingClientRect();
    if (el.localName === 'svg') {
      const inner = chart(el);
      if (!inner) return;
      if (!rect.width) { // it holds patterns for the other charts
        to.append(...inner.querySelectorAll('defs'));
        return;
      }
      for (const [key, value] of Object.entries({ x: rect.left - origin.x, y: rect.top - origin.y, width: rect.width, height: rect.height })) inner.setAttribute(key, round(value));
      if (style.overflow === 'visible') inner.setAttribute('overflow', 'visible');
      to.append(inner);
      return;
    }
    if (rect.width && rect.height && rect.right > clip.left && rect.left < clip.right) box(style, rect, to, origin);
    const inside = window_(el, style, rect, clip);
    for (const child of el.childNodes) {
      if (child.nodeType === Node.ELEMENT_NODE) paint(child, to, origin, inside);
      if (child.nodeType !== Node.TEXT_NODE || !child.data.trim()) continue;
      for (const [text, at] of lines(child)) write(text, at, style, to, origin, inside);
    }
  }

  function box(style, rect, to, origin) {
    const x = rect.left - origin.x, y = rect.top - origin.y;
    if (!clear(style.backgroundColor)) {
      to.append(make('rect', { x: round(x), y: round(y), width: round(rect.width), height: round(rect.height), rx: round(parseFloat(style.borderTopLeftRadius) || 0), fill: style.backgroundColor }));
    }
    const edges = { Top: [0, 0, 1, 0], Bottom: [0, 1, 1, 1], Left: [0, 0, 0, 1], Right: [1, 0, 1, 1] };
    for (const [side, [x1, y1, x2, y2]] of Object.entries(edges)) {
      const width = parseFloat(style[`border${side}Width`]);
      if (!width || style[`border${side}Style`] === 'none' || clear(style[`border${side}Color`])) continue;
      to.append(make('line', { x1: round(x + x1 * rect.width), y1: round(y + y1 * rect.height), x2: round(x + x2 * rect.width), y2: round(y + y2 * rect.height), stroke: style[`border${side}Color`], 'stroke-width': round(width) }));
    }
  }

  function write(text, at, style, to, origin, clip) {
    if (at.left >= clip.right || at.right <= clip.left || at.top >= clip.bottom || at.bottom <= clip.top) return;
    let said = sound(text.replace(/\s+/g, ' '));
    if (at.left <= 0 && at.width < 2) return;
    if (at.right > clip.right + 1) { // what an ellipsis leaves out
      said = said.slice(0, Math.max(0, Math.floor(said.length * (clip.right - at.left) / at.width) - 1)) + '…';
    }
    said = (transformed[style.textTransform] ?? ((s) => s))(said.trim());
    if (!said) return;
    to.append(make('text', {
      x: round(at.left - origin.x), y: round(at.top - origin.y + at.height * 0.78), fill: style.color, 'font-size': style.fontSize,
      'font-family': style.fontFamily.replaceAll('"', ''), 'font-weight': style.fontWeight, ...(style.textDecorationLine.includes('line-through') ? { 'text-decoration': 'line-through' } : {}),
    }, said));
  }

  /** Lays the view out whole, has f look at it, and puts everything back. */
  function whole(f) {
    root.classList.add('whole');
    try {
      return f(document.querySelector('.view-host'));
    } finally {
      root.classList.remove('whole');
    }
  }

  /** The view as an SVG: its text as text, its charts as charts. */
  function viewDrawing(title) {
    return whole((host) => {
      root.style.setProperty('--whole', `${Math.max(WIDE, host.scrollWidth)}px`);
      const rect = host.getBoundingClientRect();
      const head = 48;
      const width = Math.ceil(rect.width), height = Math.ceil(Math.max(rect.height, host.scrollHeight)) + head + 16;
      const svg = make('svg', { xmlns: NS, width, height, viewBox: `0 0 ${width} ${height}` });
      const theme = getComputedStyle(root);
      svg.append(make('rect', { width, height, fill: theme.getPropertyValue('--panel').trim() }));
      svg.append(make('text', { x: 16, y: 30, 'font-size': 15, 'font-weight': 600, 'font-family': 'sans-serif', fill: theme.getPropertyValue('--text').trim() }, sound(title)));
      paint(host, svg, { x: rect.left, y: rect.top - head }, { left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity });
      svg.removeAttribute('xmlns'); // the serialiser writes it
      return { text: new XMLSerializer().serializeToString(svg), width, height };
    });
  }

  // --- Printing: in the light theme, the view and nothing else.

  const lightly = () => {
    const was = root.dataset.theme;
    root.dataset.theme = 'light';
    return () => { root.dataset.theme = was; };
  };
  let after = () => {};
  addEventListener('beforeprint', () => { after(); after = lightly(); });
  addEventListener('afterprint', () => { after(); after = () => {}; });

  async function print(drawings) {
    const back = lightly();
    const images = await Promise.all(drawings.map((svg) => loaded(coloured(svg)))).finally(back);
    const place = Object.assign(document.createElement('div'), { id: 'print' });
    place.append(...images);
    document.body.append(place);
    root.classList.add('printing');
    try {
      window.print();
    } finally {
      root.classList.remove('printing');
      place.remove();
      for (const image of images) URL.revokeObjectURL(image.src);
    }
  }

  const view = (name, title, format) => {
    if (format === 'print') {
      window.print();
      return;
    }
    const { text, width, height } = viewDrawing(title);
    keep(name, format, text, width, height);
  };

  globalThis.framewise.export = { file, drawing, view, print: (drawings) => { print(drawings).catch((e) => console.error(`not printed: ${e.message}`)); } };
})();
