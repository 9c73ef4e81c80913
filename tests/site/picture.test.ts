// The pictures of the studio, used as a visitor would. What they show is compared with the
// definition (`softpool/reference`), or with plain loops in this file.
import type { Locator, Page } from 'playwright';
import { softPool2d } from 'softpool/reference';
import { describe, expect, test } from 'vitest';
import { numberIn, studioVisits } from './studio-page.ts';

const { openStudio, leave } = studioVisits();

describe('from average to max', () => {
  test('shows the outputs of the definition for a window of the picture', async () => {
    const page = await openStudio('?picture=astronaut&picture-beta=10');
    const instrument = page.locator('#instrument-beta');
    await instrument.getByLabel('row', { exact: false }).last().press('ArrowDown');
    await instrument.locator('[data-output="soft"]').getByText(',').waitFor();
    const [column, row] = await Promise.all(['column', 'row'].map(async (axis) => Number(await instrument.getByLabel(axis).inputValue())));
    const bytes = await decoded(page, 'astronaut');
    const window = new Float64Array(8 * 8 * 3);
    for (let index = 0; index < window.length; index++) {
      const pixel = Math.floor(index / 3);
      const at = ((row as number) * 8 + Math.floor(pixel / 8)) * 512 + (column as number) * 8 + (pixel % 8);
      window[index] = (bytes[at * 4 + (index % 3)] as number) / 255;
    }
    const x = { data: window, shape: [8, 8, 3] };
    for (const [method, beta] of [
      ['average', 0],
      ['soft', 10],
    ] as const) {
      const y = softPool2d(x, { kernelSize: 8, layout: 'channelsLast', weights: 'shared', beta }).data;
      const shown = (await instrument.locator(`[data-output="${method}"]`).textContent())?.split(', ').map(Number);
      expect(shown).toEqual(Array.from(y, (level) => Math.floor(level * 255 + 0.5)));
    }
    await leave(page);
  });
});

test('a picture that cannot be loaded is not shown as another', async () => {
  const page = await openStudio();
  const instrument = page.locator('#instrument-beta');
  const canvas = instrument.getByRole('img', { name: 'reduced by 8' });
  const side = () => canvas.evaluate((element) => (element as HTMLCanvasElement).width);
  await expect.poll(side).toBe(64);
  await page.route('**/coffee*.webp', (route) => route.abort());
  await instrument.getByRole('radio', { name: 'coffee' }).check();
  await instrument.getByRole('alert').getByText('The picture could not be loaded. Go online').waitFor();
  await expect.poll(side).toBe(1);
  await page.unroute('**/coffee*.webp');
  await instrument.getByRole('radio', { name: 'galaxies' }).check();
  await expect.poll(side).toBe(64);
  await page.context().close();
});

describe('slide by a pixel', () => {
  test('shows the mean change, which plain loops find too', async () => {
    const page = await openStudio('?shift-picture=coffee&shift=3');
    const bytes = await decoded(page, 'coffee');
    const averages = (shift: number): number[] => {
      const result: number[] = [];
      for (let row = 0; row < 400; row += 4) {
        for (let column = 0; column < 392; column += 4) {
          for (let channel = 0; channel < 3; channel++) {
            let sum = 0;
            for (let tap = 0; tap < 16; tap++)
              sum += bytes[((row + (tap >> 2)) * 400 + column + shift + (tap & 3)) * 4 + channel] as number;
            result.push(Math.floor(sum / 16 + 0.5));
          }
        }
      }
      return result;
    };
    const moved = averages(3);
    const change = averages(0).reduce((sum, level, index) => sum + Math.abs(level - (moved[index] as number)), 0) / moved.length;
    await page.locator('#instrument-shift [data-change="average"]').getByText(change.toFixed(2)).waitFor();
    await leave(page);
  });

  test('has bars of one scale for all methods and shifts', async () => {
    const page = await openStudio('?shift-picture=coffee&shift=1');
    const instrument = page.locator('#instrument-shift');
    const rows = () =>
      instrument.locator('.changes tr').evaluateAll((all) =>
        all.map((row) => ({
          pixels: row.querySelector('.bar')?.getBoundingClientRect().width ?? Number.NaN,
          text: row.querySelector('[data-change]')?.textContent ?? '',
        })),
      );
    const seen: { pixels: number; text: string }[] = [];
    for (const shift of [1, 4, 8, 0]) {
      const before = (await rows()).map(({ text }) => text);
      await instrument.getByRole('slider').fill(String(shift));
      if (shift !== 1) await expect.poll(async () => (await rows()).map(({ text }) => text)).not.toEqual(before);
      seen.push(...(await rows()));
    }
    const perPixel = Math.max(...seen.map(({ text }) => numberIn(text))) / Math.max(...seen.map(({ pixels }) => pixels));
    for (const { pixels, text } of seen) {
      // The column of the bars gives way to numbers of more digits.
      expect(Math.abs(pixels * perPixel - numberIn(text)), `${text}: ${pixels} pixels`).toBeLessThanOrEqual(0.1 * numberIn(text) + 0.005);
    }
    await leave(page);
  });
});

test('what is chosen in one instrument leaves the others as they are', async () => {
  const page = await openStudio();
  const chosen = (instrument: string): Locator => page.locator(`#instrument-${instrument}`).getByRole('radio', { name: 'coffee' });
  await chosen('beta').check();
  await chosen('shift').check();
  expect([await chosen('beta').isChecked(), await chosen('shift').isChecked()]).toEqual([true, true]);
  await leave(page);
});

/** The bytes of a picture of the studio, as this browser decodes it. */
async function decoded(page: Page, name: string): Promise<Buffer> {
  await page.waitForFunction(
    (wanted) => performance.getEntriesByType('resource').some((entry) => entry.name.includes(`/${wanted}.`)),
    name,
  );
  const base64 = await page.evaluate(async (wanted) => {
    const addresses = performance.getEntriesByType('resource').map((entry) => entry.name);
    const address = addresses.find((url) => url.includes(`/${wanted}.`)) as string;
    const bitmap = await createImageBitmap(await (await fetch(address)).blob());
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d') as OffscreenCanvasRenderingContext2D;
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    let text = '';
    for (let start = 0; start < data.length; start += 8192) text += String.fromCharCode(...data.subarray(start, start + 8192));
    return btoa(text);
  }, name);
  return Buffer.from(base64, 'base64');
}
