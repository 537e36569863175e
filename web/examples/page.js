// The page's examples, with what the seed's presuppose: bundled into examples.js,
// which leaves them for boot.js. It is JavaScript because around.js is.
import list from '#examples';
import around from './around.js';

globalThis.framewiseExamples = list.map((e) => {
  const a = around[`${e.name}.js`];
  return { ...e, title: e.title || a?.title || e.name, around: a ?? null };
});
