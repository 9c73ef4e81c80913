// Everyone can use the site: keyboards, screen readers, small screens, browsers that lack or forbid
// something. Screenshots go to test-output/site, for people to look at.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SITE } from './serve.ts';
import { areAlive } from './studio-page.ts';
import { visits } from './visits.ts';

const visit = visits('/');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8');
const PAGES = ['index.html', 'studio.html', 'docs/operator.html', 'docs/experiments.html', 'reference/softpool/index.html'];
const WIDTHS = [390, 820, 1440];
const SCHEMES = ['light', 'dark'] as const;
const ON_PICTURES = ['index.html', 'studio.html', 'docs/operator.html'];

describe.for(PAGES)('%s', (path) => {
  let page: Page;
  beforeAll(async () => {
    page = await opened(path);
  });
  afterAll(() => page.context().close());

  test.for(SCHEMES)('has nothing serious for axe, in %s colors', async (colorScheme) => {
    await inColors(page, colorScheme);
    await page.evaluate(AXE);
    const violations = await page.evaluate(async () => {
      const { violations: found } = await (globalThis as unknown as { axe: typeof import('axe-core') }).axe.run();
      return found
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => ({ id, nodes: nodes.slice(0, 5).map(({ html }) => html.slice(0, 200)), count: nodes.length }));
    });
    expect(violations).toEqual([]);
  });

  test('fits screens of all widths, in screenshots of all colors', async () => {
    const widthOf = () => page.evaluate(() => document.documentElement.scrollWidth);
    // The narrowest phones, and a window of 1280 pixels at a zoom of 400 %.
    await page.setViewportSize({ width: 320, height: 900 });
    await expect.poll(widthOf).toBeLessThanOrEqual(320);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      await expect.poll(widthOf).toBeLessThanOrEqual(width);
      if (!ON_PICTURES.includes(path)) continue;
      for (const colorScheme of SCHEMES) {
        await inColors(page, colorScheme);
        const name = path.replace(/\W/g, '-');
        const picture = await page.screenshot({ path: `test-output/site/${name}-${width}-${colorScheme}.png`, fullPage: true });
        expect(picture.length).toBeGreaterThan(10_000);
      }
    }
  });

  test('does not shift while it loads', async () => {
    const page = await visit.page();
    await page.addInitScript(() => {
      const shifts: { value: number; parts: string[] }[] = [];
      Object.assign(globalThis, { shifts });
      type Shift = PerformanceEntry & { value: number; sources: { node: Element | null; previousRect: DOMRect; currentRect: DOMRect }[] };
      const inWords = ({ node, previousRect: from, currentRect: to }: Shift['sources'][number]): string =>
        `${node?.nodeName} ${node?.className}: ${from.x} ${from.y} ${from.width} ${from.height} → ${to.x} ${to.y} ${to.width} ${to.height}`;
      new PerformanceObserver((list) => {
        for (const { value, sources } of list.getEntries() as Shift[]) shifts.push({ value, parts: sources.map(inWords) });
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto(visit.address() + path);
    await page.waitForLoadState('networkidle');
    const shifts = await page.evaluate(() => (globalThis as unknown as { shifts: { value: number; parts: string[] }[] }).shifts);
    const total = shifts.reduce((sum, { value }) => sum + value, 0);
    expect(total, JSON.stringify(shifts)).toBeLessThan(0.01);
    await page.context().close();
  });
});

test('the outline of a page is in its place before the text has come', async () => {
  const page = await visit.page({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${visit.address()}docs/operator.html`);
  const left = () => page.locator('.aside-container').evaluate((aside) => aside.getBoundingClientRect().x);
  const before = await left();
  await page.evaluate(() => document.querySelector('.VPDoc .container > .content')?.remove());
  expect(await page.locator('h1').count()).toBe(0);
  expect(await left()).toBe(before);
  await page.context().close();
});

test.for(SCHEMES)('forced colors, as in high contrast, keep what shows values: %s', async (colorScheme) => {
  const page = await visit.page({ forcedColors: 'active', colorScheme });
  await page.goto(`${visit.address()}studio.html`);
  await page.waitForFunction(areAlive);
  const ground = colorScheme === 'light' ? 255 : 0;
  const parts = [
    '.number-line .mark.soft',
    '.gradient.max tr:last-child .extent',
    '.swatches.weights i:last-child',
    '.windows .tap.input',
    '.bar.max',
  ];
  for (const part of parts) {
    const pixels = await sharp(await page.locator(part).first().screenshot())
      .removeAlpha()
      .raw()
      .toBuffer();
    const drawn = pixels.filter((level) => Math.abs(level - ground) > 40).length / pixels.length;
    expect(drawn, part).toBeGreaterThan(0.1);
  }
  const chosen = page.locator('#instrument-network .clothes .chosen');
  const [text, below] = await chosen.evaluate((label) => [getComputedStyle(label).color, getComputedStyle(label).backgroundColor]);
  expect(text).not.toBe(below);
  await visit.leave(page);
});

test.for([390, 1440])('the address of a section of the studio shows that section, %i pixels wide', async (width) => {
  const page = await visit.page({ viewport: { width, height: 900 } });
  for (const section of ['where-the-gradient-goes', 'inside-a-network', 'speed-here']) {
    await page.goto('about:blank');
    await page.goto(`${visit.address()}studio.html#${section}`);
    await page.waitForFunction(areAlive);
    // Below the bars at the top.
    const top = await page.evaluate((id) => document.getElementById(id)?.getBoundingClientRect().top, section);
    expect(top, section).toBeGreaterThan(0);
    expect(top, section).toBeLessThan(200);
  }
  await visit.leave(page);
});

test('the studio loads less than 200 kB of script, to its end, before one asks for a model', async () => {
  const page = await visit.page();
  const scripts = new Set<string>();
  page.on('request', (request) => {
    if (request.url().endsWith('.js') && !request.url().includes('service-worker')) scripts.add(request.url());
  });
  await page.goto(`${visit.address()}studio.html`);
  await page.waitForFunction(areAlive);
  await page.locator('#instrument-picture').scrollIntoViewIfNeeded();
  await page.locator('#instrument-picture [data-method="max"] td').first().getByText('0.').waitFor();
  await page.locator('h2').last().scrollIntoViewIfNeeded();
  await page.waitForLoadState('networkidle');
  page.removeAllListeners('request');
  expect([...scripts].some((url) => url.includes('picture.worker'))).toBe(true);
  // Of links that are fetched in advance, browsers show no body.
  const bodies = [...scripts].map((url) => readFileSync(SITE + url.replace(visit.address(), '')));
  const packed = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0);
  console.log(`${scripts.size} scripts: ${packed} bytes with gzip, ${bodies.reduce((sum, body) => sum + body.length, 0)} without`);
  expect(packed).toBeLessThan(200_000);
  await page.context().close();
});

test('a browser without storage and service workers shows everything', async () => {
  const page = await visit.page({ serviceWorkers: 'block' });
  await page.addInitScript(() => {
    const refuse = () => {
      throw new DOMException('The operation is insecure.', 'SecurityError');
    };
    for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(globalThis, name, { get: refuse });
  });
  await page.goto(`${visit.address()}studio.html`);
  await page.waitForFunction(areAlive);
  await page.locator('#instrument-window').getByRole('button', { name: 'Outlier' }).click();
  await page.locator('#instrument-window [data-mark="max"]').getByText('5').waitFor();
  await page.context().close();
});

test('without scripts, the pages have their text, and the first window its numbers', async () => {
  const page = await visit.page({ javaScriptEnabled: false });
  await page.goto(`${visit.address()}studio.html`);
  await page.getByText('y = 2.493').first().waitFor();
  const said = await page.locator('.instrument').evaluateAll((all) => all.map((each) => getComputedStyle(each, '::before').content));
  expect(new Set(said)).toEqual(new Set(['"This part needs JavaScript, which is off here."']));
  await page.goto(`${visit.address()}404.html`);
  await page.getByRole('link', { name: 'Go to the start page' }).click();
  await page.getByRole('heading', { level: 1, name: 'SoftPool for TypeScript' }).waitFor();
  await page.context().close();
});

test('with scripts, no part says that it needs them', async () => {
  const page = await visit.page();
  await page.goto(visit.address());
  expect(await page.locator('.instrument').evaluate((each) => getComputedStyle(each, '::before').content)).toBe('none');
  await page.context().close();
});

test.for(['studio.html', 'docs/experiments.html', 'docs/shards.html'])('nothing of %s is cut off on paper', async (path) => {
  // A4 at 96 dots an inch, without its margins.
  const page = await visit.page({ viewport: { width: 718, height: 1047 } });
  await page.goto(visit.address() + path);
  await page.emulateMedia({ media: 'print' });
  const cut = await page
    .locator('.vp-doc :is(table, pre, .chart, .wide-table)')
    .evaluateAll((parts) =>
      parts
        .filter((part) => part.scrollWidth > part.clientWidth + 1 || part.getBoundingClientRect().right > innerWidth)
        .map(({ outerHTML }) => outerHTML.slice(0, 200)),
    );
  expect(cut).toEqual([]);
  expect(await page.locator('.VPNav').isVisible()).toBe(false);
  await page.context().close();
});

test('paper keeps what shows values, in light colors', async () => {
  const page = await visit.page({ colorScheme: 'dark' });
  await page.goto(`${visit.address()}studio.html`);
  await page.waitForFunction(areAlive);
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  const printing = (event: string) =>
    page.locator('.number-line .mark.soft').evaluate((mark, name) => {
      dispatchEvent(new Event(name));
      const { printColorAdjust } = getComputedStyle(mark);
      return { printColorAdjust, text: getComputedStyle(document.body).getPropertyValue('--vp-c-text-1') };
    }, event);
  expect(await printing('beforeprint')).toEqual({ printColorAdjust: 'exact', text: '#1f2328' });
  expect(await printing('afterprint')).toEqual({ printColorAdjust: 'exact', text: '#e4e7eb' });
  await page.context().close();
});

async function opened(path: string): Promise<Page> {
  const page = await visit.page();
  await page.goto(visit.address() + path);
  await page.waitForFunction(areAlive);
  if (path === 'studio.html') {
    await startInstruments(page);
    await page.evaluate(() => scrollTo(0, 0));
  }
  await page.waitForLoadState('networkidle');
  return page;
}

/** Changes the colors that the visitor prefers, which the page follows. */
async function inColors(page: Page, colorScheme: (typeof SCHEMES)[number]): Promise<void> {
  await page.emulateMedia({ colorScheme });
  const isDark = () => page.evaluate(() => document.documentElement.classList.contains('dark'));
  await expect.poll(isDark).toBe(colorScheme === 'dark');
  await page.evaluate(() => {
    const transitions = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
    return Promise.allSettled(transitions.map(({ finished }) => finished));
  });
}

/** Starts what waits for a visitor, so that its results are there. */
async function startInstruments(page: Page): Promise<void> {
  await page.locator('#instrument-picture').scrollIntoViewIfNeeded();
  await page.locator('#instrument-picture [data-method="max"] td').first().getByText('0.').waitFor();
  const network = page.locator('#instrument-network');
  await network.locator('.primary').click();
  await network.getByText('the network answers').waitFor();
  const model = page.locator('#instrument-model');
  await model.getByRole('button', { name: 'Take the network above' }).click();
  await model.getByRole('button', { name: 'Run before and after' }).click();
  await model.locator('[data-output]').first().waitFor();
}
