/** Serves the built site as hosts do: below some path, and with or without headers of its own. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { cwd } from 'node:process';

/** The folder of the build. */
export const SITE = `${cwd()}/site/dist/`;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.jpg': 'image/jpeg',
  '.wasm': 'application/wasm',
};

/** A server of the site. */
export interface SiteServer {
  /** The address of the start page, with a slash at the end. */
  readonly address: string;
  /** Files that have other contents than in the build, or are missing. */
  readonly changed: Map<string, string | undefined>;
  close(): Promise<void>;
}

/** Starts a server of the site below `path`. */
export async function serveSite(path: string, headers: Readonly<Record<string, string>> = {}): Promise<SiteServer> {
  const changed = new Map<string, string | undefined>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    let name = decodeURIComponent(pathname.slice(path.length));
    if (pathname.startsWith(path) && name !== '' && !name.endsWith('/') && isFolder(SITE + name)) {
      response.writeHead(301, { Location: `${pathname}/` }).end();
      return;
    }
    if (name === '' || name.endsWith('/')) name += 'index.html';
    const file = SITE + name;
    const isMissing = changed.has(name) ? changed.get(name) === undefined : !existsSync(file) || !statSync(file).isFile();
    if (!pathname.startsWith(path) || isMissing) {
      response.writeHead(404).end('not found');
      return;
    }
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    // Hosts let browsers keep pages for a while.
    response.writeHead(200, { 'Content-Type': type, ...(name.endsWith('.html') && { 'Cache-Control': 'max-age=600' }), ...headers });
    if (changed.has(name)) response.end(changed.get(name));
    else createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { address: `http://127.0.0.1:${port}${path}`, changed, close };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
