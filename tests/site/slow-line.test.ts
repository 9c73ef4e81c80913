// The studio on a slow line: visitors see it, and use it, before its scripts are there.
import { expect, test } from 'vitest';
import { visits } from './visits.ts';

const visit = visits('/studio-of/');

/** The studio as it is rendered in the build, and a function that lets its scripts come. */
async function openWithoutScripts() {
  const page = await visit.page({ serviceWorkers: 'block' });
  let letScriptsCome = () => {};
  const coming = new Promise<void>((resolve) => {
    letScriptsCome = resolve;
  });
  await page.route('**/*.js', async (route) => {
    await coming;
    await route.continue();
  });
  await page.goto(`${visit.address()}studio.html`, { waitUntil: 'commit' });
  await page.locator('#instrument-speed').waitFor();
  return { page, letScriptsCome };
}

test('what is set before the scripts are there counts', async () => {
  const { page, letScriptsCome } = await openWithoutScripts();
  const window = page.locator('#instrument-window');
  const toy = page.locator('#instrument-geometry');
  await window.getByRole('radio', { name: '3×3' }).check();
  await window.getByRole('slider', { name: /^Sharpness/ }).fill('0');
  await toy.getByRole('checkbox').check();
  letScriptsCome();
  await expect.poll(() => window.locator('[data-weight]').allTextContents()).toEqual(new Array(9).fill('0.111'));
  expect(await window.locator('output').textContent()).toBe('0');
  await expect.poll(() => toy.getByRole('checkbox').isChecked()).toBe(true);
  await page.waitForURL(/rounding=ceil/);
  await visit.leave(page);
});

test('a button that is pressed before the scripts are there acts once, when they are', async () => {
  const { page, letScriptsCome } = await openWithoutScripts();
  const clip = page.locator('#instrument-speed').getByRole('button', { name: 'Play a clip' });
  await clip.click();
  letScriptsCome();
  await page.locator('#instrument-speed').getByRole('button', { name: 'Stop the clip', pressed: true }).waitFor();
  await page
    .locator('#instrument-speed')
    .getByText(/\d+ frames a second/)
    .waitFor();
  await visit.leave(page);
});
