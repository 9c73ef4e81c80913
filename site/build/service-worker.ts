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
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content);
  const isLarge = (_: string, index: number) => (contents[index]?.length ?? 0) >= LARGE;
  const site: SiteFiles = {
    version: hash.digest('hex').slice(0, 16),
    first: files.filter((file, index) => !isLarge(file, index)),
    onceUsed: files.filter(isLarge),
    headers,
  };
  writeFileSync(join(folder, 'service-worker.js'), `(${serve.toString()})(${JSON.stringify(site)});\n`);
}

/** What the worker knows of the build. */
interface SiteFiles {
  readonly version: string;
  /** Files that are fetched in advance. */
  readonly first: readonly string[];
  /** Files that are kept once a page has asked for them. */
  readonly onceUsed: readonly string[];
  /** Headers that each answer gets. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The code of the worker. It runs in the browser, so it uses nothing from around it. */
function serve({ version, first, onceUsed, headers }: SiteFiles): void {
  const worker = globalThis as unknown as ServiceWorkerScope;
  const { scope } = worker.registration;
  // Sites below other paths of the host have caches of their own.
  const versions = `softpool ${scope} `;
  const name = versions + version;

  const withHeaders = (response: Response) => {
    const all = new Headers(response.headers);
    for (const [key, value] of Object.entries(headers)) all.set(key, value);
    return new Response(response.body, { status: response.status, statusText: response.statusText, headers: all });
  };

  worker.addEventListener('install', (event) => {
    const keepAll = async () => {
      const cache = await caches.open(name);
      const keep = async (file: string) => {
        // The browser's own cache may have the file of the version before.
        const response = await fetch(file, { cache: 'no-cache', priority: 'low' });
        if (!response.ok) throw new Error(`${file}: status ${response.status}`);
        await cache.put(file, withHeaders(response));
      };
      try {
        await Promise.all(first.map(keep));
      } catch (error) {
        // A part of a version would count as the one before the next.
        await caches.delete(name);
        throw error;
      }
      await worker.skipWaiting();
    };
    event.waitUntil(keepAll());
  });

  worker.addEventListener('activate', (event) => {
    const takeOver = async () => {
      const others = (await caches.keys()).filter((key) => key.startsWith(versions) && key !== name);
      // Pages that are open still ask for files of the version before this one.
      await Promise.all(others.slice(0, -1).map((key) => caches.delete(key)));
      await worker.clients.claim();
    };
    event.waitUntil(takeOver());
  });

  worker.addEventListener('fetch', (event) => {
    const { request } = event;
    if (request.method !== 'GET' || !request.url.startsWith(scope)) return;
    const { origin, pathname } = new URL(request.url);
    const address = origin + pathname + (pathname.endsWith('/') ? 'index.html' : '');
    const find = async () => (await (await caches.open(name)).match(address)) ?? (await caches.match(address));
    const keep = async (response: Response) => (await caches.open(name)).put(address, response);
    const answer = async () => {
      const kept = await find().catch(() => undefined);
      if (kept) return kept;
      const response = await fetch(request);
      // The browser follows it; it cannot be made anew.
      if (response.type === 'opaqueredirect') return response;
      const answered = withHeaders(response);
      if (response.status === 200 && onceUsed.includes(address.slice(scope.length))) {
        // The page does not wait, and a full disk does not matter to it.
        event.waitUntil(keep(answered.clone()).catch(() => undefined));
      }
      return answered;
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
    listener: (event: {
      readonly request: Request;
      respondWith(response: Promise<Response>): void;
      waitUntil(work: Promise<unknown>): void;
    }) => void,
  ): void;
}
