// Chromium, and a page that is watched for everything that goes wrong in it.
import assert from 'node:assert/strict';
import { access, mkdir } from 'node:fs/promises';
import path from 'node:path';
import puppeteer from 'puppeteer-core';
import { root } from './proc.mjs';

const flags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--hide-scrollbars',
];

const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The path of a browser. Its absence is an error, never a reason to skip. */
async function installed(name, places) {
  for (const place of places.filter(Boolean)) {
    try {
      await access(place);
      return place;
    } catch { /* the next one */ }
  }
  throw new Error(`${name} is missing: ./build.sh deps installs it, or ${name.toUpperCase()} names it`);
}

/** Starts Chromium with an empty profile, and more flags; it ends after the test t. */
export async function launch(t, more = []) {
  const browser = await puppeteer.launch({ executablePath: await installed('Chromium', places), headless: true, args: [...flags, ...more], protocolTimeout: 60_000 });
  t.after(() => browser.close());
  return browser;
}

/** Starts Firefox ESR with an empty profile; it ends after the test t. */
export async function launchFirefox(t) {
  const browser = await puppeteer.launch({
    browser: 'firefox', executablePath: await installed('Firefox', [process.env.FIREFOX, '/usr/bin/firefox-esr', '/usr/bin/firefox']), headless: true, protocolTimeout: 60_000,
    extraPrefsFirefox: { 'app.update.enabled': false, 'browser.safebrowsing.malware.enabled': false, 'browser.safebrowsing.phishing.enabled': false, 'network.captive-portal-service.enabled': false, 'network.connectivity-service.enabled': false },
  });
  t.after(() => browser.close());
  return browser;
}

/**
 * Opens a page in a profile of its own. problems lists console errors,
 * uncaught errors, failed requests and answers of 400 and above, in the page
 * and in its Workers; sound() asserts that there were none.
 */
export async function open(browser, url, { width = 1440, height = 900, dark = false, reducedMotion = false, wait = true, phone = false, tour = false } = {}) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const problems = [];
  const closing = { now: false };
  const note = (text) => { if (!closing.now) problems.push(text); };
  page.on('console', (message) => {
    if (message.type() === 'error') note(`console: ${message.text()} (${message.location().url ?? ''})`);
  });
  page.on('pageerror', (err) => note(`uncaught: ${err?.stack ?? err}`));
  page.on('requestfailed', (request) => note(`request failed: ${request.url()} ${request.failure()?.errorText}`));
  page.on('response', (response) => { if (response.status() >= 400) note(`${response.status()}: ${response.url()}`); });
  const firefox = /firefox/i.test(await browser.version());
  if (!firefox) page.on('workercreated', (worker) => { // Firefox has no way to listen to them
    worker.on?.('error', (err) => note(`Worker ${worker.url()}: ${err?.stack ?? err}`));
    worker.client.on('Runtime.exceptionThrown', ({ exceptionDetails: d }) => note(`uncaught in ${worker.url()}: ${d.exception?.description ?? d.text}`));
    worker.client.on('Log.entryAdded', ({ entry }) => { if (entry.level === 'error') note(`${worker.url()}: ${entry.text}`); });
    worker.client.send('Log.enable').catch(() => {}); // a Worker may be gone at once
  });
  if (!firefox) { // WebDriver BiDi has no such emulation
    await page.emulateMediaFeatures([
      { name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' },
      { name: 'prefers-reduced-motion', value: reducedMotion ? 'reduce' : 'no-preference' },
    ]);
  }
  await page.setViewport({ width, height, ...(firefox ? {} : { deviceScaleFactor: phone ? 2 : 1, isMobile: phone, hasTouch: phone }) });
  // The tour of the first visit is over, but for the test that takes it.
  if (!tour) await page.evaluateOnNewDocument(() => { try { localStorage.setItem('framewise.tour', 'seen'); } catch { /* a page without storage */ } });
  await page.goto(url, { waitUntil: 'load', timeout: 30_000 });
  if (wait) {
    await firstFrame(page).catch(async (err) => {
      const text = await page.evaluate(() => document.body.innerText).catch(() => '(no page)');
      throw new Error(`no frame came on screen: ${err.message}\n${problems.join('\n')}\nThe page says: ${text.slice(0, 500)}`);
    });
  }
  return {
    page,
    problems,
    sound: () => assert.deepEqual(problems, [], 'something went wrong in the page'),
    async close() {
      closing.now = true;
      await context.close();
    },
  };
}

/** Waits for the mark that the page sets when the first frame is on screen, and gives its time in ms from navigation. */
export async function firstFrame(page) {
  await page.waitForFunction(() => performance.getEntriesByName('first-frame').length > 0, { timeout: 30_000, polling: 20 });
  return page.evaluate(() => performance.getEntriesByName('first-frame')[0].startTime);
}

/** Writes a picture below e2e/screenshots, which git ignores, or to a path of its own. */
export async function screenshot(page, name, target = path.join(root, 'e2e', 'screenshots', `${name}.png`)) {
  await mkdir(path.dirname(target), { recursive: true });
  await page.screenshot({ path: target });
}
