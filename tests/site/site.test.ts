// The site as a whole: its pages, links and policy, below some path.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesIn } from '../../site/build/files.ts';
import { PLACEHOLDER, relocate } from '../../site/build/relocate.ts';
import { SITE } from './serve.ts';
import { visits } from './visits.ts';

const files = filesIn(SITE);
const pages = files.filter((file) => file.endsWith('.html') && file !== '404.html');
const textOf = memo((file) => readFileSync(SITE + file, 'utf8'));
const idsIn = memo((file) => new Set(Array.from(textOf(file).matchAll(/ id="([^"]+)"/g), ([, id]) => id)));

const visit = visits('/some/where/');

describe('every page', () => {
  test('has a title and a description of its own', () => {
    const headers = pages.map((page) => {
      const html = textOf(page);
      return {
        page,
        title: /<title>(.+?)<\/title>/.exec(html)?.[1],
        description: /<meta name="description" content="(.+?)">/.exec(html)?.[1],
        card: ['title', 'description'].map((name) => RegExp(`<meta property="og:${name}" content="(.+?)">`).exec(html)?.[1]),
      };
    });
    for (const { page, title, description, card } of headers) expect(card, page).toEqual([title, description]);
    expect(headers.filter(({ title, description }) => !title || !description || description.length < 40)).toEqual([]);
    expect(new Set(headers.map(({ title }) => title)).size).toBe(pages.length);
    expect(new Set(headers.map(({ description }) => description)).size).toBe(pages.length);
  });

  test('links to pages, files and headings that exist', () => {
    const broken: string[] = [];
    for (const page of pages) {
      for (const [, , address] of textOf(page).matchAll(/ (href|src)="([^"]+)"/g)) {
        const target = (address as string).replaceAll('&amp;', '&');
        if (/^(?:https?:|mailto:|data:)/.test(target)) continue;
        const [path = '', id] = target.split('#');
        const relative = path === '' ? page : posix.join(posix.dirname(page), path);
        const file = relative === '.' || relative.endsWith('/') ? posix.join(relative, 'index.html') : relative;
        if (!files.includes(file) || (id && !idsIn(file).has(decodeURIComponent(id)))) broken.push(`${page} → ${target}`);
      }
    }
    expect(broken).toEqual([]);
  });

  test('loads nothing from elsewhere', () => {
    const loading = pages.flatMap((page) =>
      Array.from(
        textOf(page).matchAll(/<(?:script|link|img|source|iframe)\b[^>]* (?:src|href)="((?:https?:)?\/\/[^"]+)"/g),
        ([, url]) => `${page}: ${url}`,
      ),
    );
    expect(loading).toEqual([]);
  });

  test('describes its pictures', () => {
    const silent = pages.flatMap((page) =>
      Array.from(textOf(page).matchAll(/<img\b(?![^>]* alt="[^"]+")[^>]*>/g), ([image]) => `${page}: ${image}`),
    );
    expect(silent).toEqual([]);
  });
});

test.each([
  ['/softpool/', '/softpool/'],
  [undefined, './'],
])('with the home %s, the page for addresses that do not exist has files from %s', (home, expected) => {
  const folder = mkdtempSync(join(tmpdir(), 'softpool-site-'));
  mkdirSync(join(folder, 'docs'));
  for (const page of ['404.html', 'docs/a.html'])
    writeFileSync(join(folder, page), `<meta charset="utf-8"><link href="${PLACEHOLDER}a.css">`);
  relocate(folder, home);
  expect(readFileSync(join(folder, '404.html'), 'utf8')).toContain(`<link href="${expected}a.css">`);
  expect(readFileSync(join(folder, 'docs/a.html'), 'utf8')).toContain('<link href="../a.css">');
  rmSync(folder, { recursive: true });
});

test.each(['softpool/', '/softpool', 'https://softpool.example/'])('the home %s is refused: addresses would be wrong', (home) => {
  expect(() => relocate(tmpdir(), home)).toThrow(`SITE_HOME must begin and end with a slash, received ${home}`);
});

test('the first page has the commands that it names, which are in another file of the repository', () => {
  expect(textOf('docs/getting-started.html').replace(/<[^>]+>/g, '')).toContain('npm pack -w packages/softpool');
});

test('the page of the operator has instruments where the document has pictures', async () => {
  const page = await visit.page();
  await page.goto(`${visit.address()}docs/operator.html?x=0,1,2,7`);
  const window = page.locator('#instrument-window');
  await window.getByText('y = 6.946').waitFor();
  await window.getByRole('button', { name: '4.44, pictures' }).click();
  await page.locator('#instrument-gradient [data-output]').getByText('7').waitFor();
  expect(textOf('docs/operator.html')).not.toContain('operator-window');
  await visit.leave(page);
});

describe('below a path of its host', () => {
  test('pages open, and links in them lead to others, without an error or a foreign request', async () => {
    const page = await visit.page();
    await page.goto(visit.address());
    await page.goto(`${visit.address()}docs/operator.html`);
    await page.locator('.VPSidebar').getByRole('link', { name: 'Networks', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Networks' }).waitFor();
    expect(page.url()).toBe(`${visit.address()}docs/models.html`);
    await page.locator('.VPNavBar').getByRole('link', { name: 'Reference' }).click();
    await page.getByRole('heading', { level: 1, name: 'All packages' }).waitFor();
    await page.locator('.VPSidebar').getByRole('link', { name: 'softpool', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'softpool' }).waitFor();
    await page.locator('.VPNavBar').getByRole('link', { name: 'Studio' }).click();
    await page.waitForURL(`${visit.address()}studio.html`);
    await visit.leave(page);
  });

  test('the search finds a page', async () => {
    const page = await visit.page();
    await page.goto(`${visit.address()}docs/operator.html`);
    await page.waitForFunction(isMounted);
    await page.getByRole('button', { name: 'Search' }).first().click();
    const box = page.getByRole('searchbox');
    await box.fill('ceilMode');
    await expect.poll(() => page.getByRole('option').count()).toBeGreaterThan(1);
    // Pages of the reference have the names of their entries, and the changelog is found too.
    await box.fill('poolingInWords');
    await page.getByRole('option').getByText('@softpool/onnx').first().waitFor();
    expect(await page.getByRole('option').getByText('index', { exact: true }).count()).toBe(0);
    await box.fill('WebDataset archives');
    await page.getByRole('option').getByText('Changelog').first().waitFor();
    await visit.leave(page);
  });

  test('the first click is not lost where the browser is never idle', async () => {
    const page = await visit.page();
    await page.addInitScript(() => {
      window.requestIdleCallback = () => 0;
    });
    await page.goto(`${visit.address()}docs/operator.html`);
    await page.waitForFunction(isMounted);
    const entries = await page.evaluate(() => history.length);
    await page.locator('.VPNavBar').getByRole('switch').first().click();
    expect(await page.evaluate(() => document.documentElement.classList.contains('dark'))).toBe(true);
    await page.locator('.VPSidebar').getByRole('link', { name: 'Networks', exact: true }).press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Networks' }).waitFor();
    expect(await page.evaluate(() => history.length), 'the link was followed once').toBe(entries + 1);
    await visit.leave(page);
  });
});

/** Whether the application has taken the page over; its parts are hydrated later. */
function isMounted(): boolean {
  return '_vnode' in (document.querySelector('#app') ?? {});
}

/** A function that computes each value once. */
function memo<T>(compute: (file: string) => T): (file: string) => T {
  const known = new Map<string, T>();
  return (file) => {
    const value = known.get(file) ?? compute(file);
    known.set(file, value);
    return value;
  };
}
