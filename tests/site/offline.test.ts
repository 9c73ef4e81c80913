// The built site with its service worker: without a network, and where the site has changed.
import { readFileSync } from 'node:fs';
import { onnxModel } from '@softpool/testing/onnx-models';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { filesIn } from '../../site/build/files.ts';
import { SITE } from './serve.ts';
import { areAlive } from './studio-page.ts';
import { visits } from './visits.ts';

const visit = visits('/some/where/');

/** The service worker of the build. */
const SCRIPT = readFileSync(`${SITE}service-worker.js`, 'utf8');

/** A browser that has no room for files of WebAssembly. */
const FULL = `
const { put } = Cache.prototype;
Cache.prototype.put = function (file, response) {
  return String(file).endsWith('.wasm') ? Promise.reject(new DOMException('full', 'QuotaExceededError')) : put.call(this, file, response);
};
`;

/** Opens a page of the site, which has been visited before: the service worker answers. */
async function visitAgain(path: string): Promise<Page> {
  const page = await visit.page();
  await page.goto(visit.address() + path);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  return page;
}

async function startNetwork(page: Page): Promise<void> {
  await page.waitForFunction(areAlive);
  await page.getByRole('button', { name: 'Start the network' }).click();
  await page.getByText('the network answers').waitFor();
}

/** Waits until ONNX Runtime, which has run, is kept. */
async function keepRuntime(page: Page): Promise<void> {
  const [runtime] = filesIn(SITE).filter((file) => file.endsWith('.wasm'));
  await page.waitForFunction(async (url) => (await caches.match(url)) !== undefined, visit.address() + runtime);
}

test('all pages open without a network after the first visit, and are isolated', async () => {
  const page = await visitAgain('');
  await page.context().setOffline(true);
  await page.goto(`${visit.address()}docs/performance.html`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await page.goto(`${visit.address()}reference/softpool/`);
  await page.getByRole('heading', { level: 1, name: 'softpool' }).waitFor();
  await visit.leave(page);
});

test('the network of the studio runs without a network connection once it ran', async () => {
  const page = await visitAgain('studio.html');
  await startNetwork(page);
  await keepRuntime(page);
  await page.context().setOffline(true);
  await page.reload();
  await startNetwork(page);
  await visit.leave(page);
});

test('a model that cannot run is named as one without a network connection too', async () => {
  const nodes = [
    { op: 'MaxPool', inputs: ['x'], outputs: ['y'], attributes: { kernel_shape: [2] } },
    { op: 'Unheard', inputs: ['y'], outputs: ['z'] },
  ];
  const float = (name: string, shape: number[]) => ({ name, type: 'float32', shape }) as const;
  const model = onnxModel({ inputs: [float('x', [1, 1, 4])], outputs: [float('z', [1, 1, 3])], nodes });
  const page = await visitAgain('studio.html');
  await startNetwork(page);
  await keepRuntime(page);
  await page.context().setOffline(true);
  const instrument = page.locator('#instrument-model');
  const file = { name: 'unheard.onnx', mimeType: 'application/octet-stream', buffer: Buffer.from(model) };
  await instrument.getByLabel('Choose an .onnx').setInputFiles(file);
  await instrument.getByRole('button', { name: 'Run before and after' }).click();
  await instrument.getByText(/^This model cannot run here: .*Unheard/).waitFor();
  await visit.leave(page);
});

test('the network of the studio runs where the browser has no room to keep it', async () => {
  visit.changed().set('service-worker.js', FULL + SCRIPT);
  const page = await visitAgain('studio.html');
  await startNetwork(page);
  visit.changed().clear();
  await visit.leave(page);
});

test('the address of a folder without its slash leads to the folder', async () => {
  const page = await visitAgain('');
  await page.goto(`${visit.address()}reference/softpool`);
  await page.getByRole('heading', { level: 1, name: 'softpool' }).waitFor();
  expect(page.url()).toBe(`${visit.address()}reference/softpool/`);
  await visit.leave(page);
});

test('sites below other paths of the host keep what they have', async () => {
  const page = await visit.page();
  await page.goto(visit.address());
  const other = `softpool ${new URL('/else/where/', visit.address())} 1`;
  await page.evaluate((name) => caches.open(name), other);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  expect(await page.evaluate((name) => caches.has(name), other)).toBe(true);
  await visit.leave(page);
});

test('a new version of which a file is missing changes nothing', async () => {
  const page = await visitAgain('studio.html');
  const before = await page.evaluate(() => caches.keys());
  const changed = visit.changed();
  changed.set('docs/operator.html', undefined);
  changed.set('service-worker.js', SCRIPT.replace(/"version":"[\da-f]{16}"/, '"version":"missing"'));
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const failed = new Promise<void>((resolve) => {
      registration.addEventListener('updatefound', () => {
        const { installing } = registration;
        installing?.addEventListener('statechange', () => installing.state === 'redundant' && resolve());
      });
    });
    await registration.update();
    await failed;
  });
  expect(await page.evaluate(() => caches.keys())).toEqual(before);
  await page.goto(`${visit.address()}docs/operator.html`);
  await page.getByRole('heading', { level: 1, name: 'operator' }).waitFor();
  changed.clear();
  await visit.leave(page);
});

test('pages show a new version, and the page that was open still works', async () => {
  const page = await visitAgain('studio.html');
  const worker = filesIn(SITE).find((file) => /network\.worker-.*\.js$/.test(file)) as string;
  const changed = visit.changed();
  changed.set(worker, undefined);
  changed.set('docs/operator.html', readFileSync(`${SITE}docs/operator.html`, 'utf8').replace(/(<h1\b[^>]*>)[^<]*/, '$1Changed'));
  changed.set('service-worker.js', SCRIPT.replace(`"${worker}",`, '').replace(/"version":"[\da-f]{16}"/, '"version":"0"'));
  await page.evaluate(async () => {
    const taken = new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
    await (await navigator.serviceWorker.ready).update();
    await taken;
  });
  await startNetwork(page);
  await page.goto(`${visit.address()}docs/operator.html`);
  await page.getByRole('heading', { level: 1, name: 'Changed' }).waitFor();
  changed.clear();
  await visit.leave(page);
});
