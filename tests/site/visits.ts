/** Visits of the built site in Chromium, each of which notes what goes wrong. */
import { env } from 'node:process';
import { type Browser, type BrowserContextOptions, chromium, firefox, type Page, webkit } from 'playwright';
import { afterAll, beforeAll, expect } from 'vitest';
import { findChromium } from '../../scripts/chromium.mjs';
import { type SiteServer, serveSite } from './serve.ts';

/** Pages of a site that is served for the tests of a file. */
export interface Visits {
  /** The address of the start page. */
  address(): string;
  /** Files that the server changes: see `SiteServer`. */
  changed(): Map<string, string | undefined>;
  page(options?: BrowserContextOptions): Promise<Page>;
  /** Ends a visit without errors, what the policy forbids, and requests to other hosts. */
  leave(page: Page): Promise<void>;
}

/** Starts Chromium and a server before the tests of this file, and ends both after them. */
export function visits(path: string, headers?: Readonly<Record<string, string>>): Visits {
  let browser: Browser | undefined;
  let site: SiteServer | undefined;
  const problems = new WeakMap<Page, string[]>();
  beforeAll(async () => {
    browser = await launch();
    site = await serveSite(path, headers);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });
  const server = () => {
    if (site === undefined) throw new Error('the server has not started');
    return site;
  };
  const address = () => server().address;
  return {
    address,
    changed: () => server().changed,
    async leave(page) {
      expect(problems.get(page)).toEqual([]);
      await page.context().close();
    },
    async page(options) {
      if (browser === undefined) throw new Error('the browser has not started');
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', ...options });
      // A busy machine is slow; tests must not depend on it.
      page.setDefaultTimeout(100_000);
      const noted: string[] = [];
      problems.set(page, noted);
      page.on('console', (message) => {
        const isBlocked = message.text() === 'Service Worker registration blocked by Playwright';
        if (!isBlocked && ['error', 'warning'].includes(message.type())) noted.push(message.text());
      });
      page.on('pageerror', (error) => noted.push(String(error)));
      page.on('request', (request) => {
        const url = request.url().replace(/^blob:/, '');
        if (!url.startsWith(address()) && !url.startsWith(new URL('/', address()).href) && !url.startsWith('data:'))
          noted.push(request.url());
      });
      return page;
    },
  };
}

/** Chromium, or the browser of `SITE_BROWSER`, which must be installed with Playwright. */
function launch(): Promise<Browser> {
  if (env.SITE_BROWSER === 'firefox') return firefox.launch();
  if (env.SITE_BROWSER === 'webkit') return webkit.launch();
  const executablePath = findChromium();
  return chromium.launch({ ...(executablePath && { executablePath }), args: ['--disable-quic'] });
}
