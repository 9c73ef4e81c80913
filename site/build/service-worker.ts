/**
 * The service worker of the site. After the first visit all pages work offline. Where the host
 * sends no headers for isolation, the worker adds them, so that threads work from the second visit
 * on. Large files that few visitors ask for, such as ONNX Runtime, are kept once they were used.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesIn } from './files.ts';

/** Files above this size are not fetched in advance. */
const LARGE = 1_500_000;

/** Writes `service-worker.js`, which knows the files of the build. */
export function writeServiceWorker(folder: string, headers: Readonly<Record<string, string>>): void {
  const files = filesIn(folder).filter((file) => !/^(?:_headers|service-worker\.js|hashmap\.json)$/.test(file));
  const contents = files.map((file) => readFileSync(join(folder, file)));
  const version = createHash('sha256');
  for (const content of contents) version.update(content);
  const first = files.filter((_, index) => (contents[index]?.length ?? 0) < LARGE);
  const name = `softpool-${version.digest('hex').slice(0, 16)}`;
  const source = [name, first, headers].map((value) => JSON.stringify(value)).join(', ');
  writeFileSync(join(folder, 'service-worker.js'), `(${serve.toString()})(${source});\n`);
}

/** The code of the worker. It runs in the browser, so it uses nothing from around it. */
function serve(name: string, files: readonly string[], headers: Readonly<Record<string, string>>): void {
  const worker = globalThis as unknown as ServiceWorkerScope;
  worker.addEventListener('install', (event) => {
    event.waitUntil(
      caches
        .open(name)
        .then((cache) => cache.addAll(files))
        .then(() => worker.skipWaiting()),
    );
  });
  worker.addEventListener('activate', (event) => {
    const removeOld = async () => {
      for (const key of await caches.keys()) if (key.startsWith('softpool-') && key !== name) await caches.delete(key);
      await worker.clients.claim();
    };
    event.waitUntil(removeOld());
  });
  worker.addEventListener('fetch', (event) => {
    const { request } = event;
    const url = new URL(request.url);
    if (request.method !== 'GET' || !request.url.startsWith(worker.registration.scope)) return;
    if (url.pathname.endsWith('/')) url.pathname += 'index.html';
    const answer = async () => {
      const cache = await caches.open(name);
      const kept = await cache.match(url.origin + url.pathname);
      const response = kept ?? (await fetch(request));
      if (!kept && response.ok && response.status === 200) await cache.put(url.origin + url.pathname, response.clone());
      const isolated = new Headers(response.headers);
      for (const [key, value] of Object.entries(headers)) isolated.set(key, value);
      return new Response(response.body, { status: response.status, statusText: response.statusText, headers: isolated });
    };
    event.respondWith(answer());
  });
}

/** What the worker uses of its scope: TypeScript's library for workers excludes that for pages. */
interface ServiceWorkerScope {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: { waitUntil(work: Promise<unknown>): void }) => void): void;
  addEventListener(
    type: 'fetch',
    listener: (event: { readonly request: Request; respondWith(response: Promise<Response>): void }) => void,
  ): void;
}
