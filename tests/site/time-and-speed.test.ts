// Pooling over time in the studio, and the speed that it measures.
import type { Locator } from 'playwright';
import { describe, expect, test } from 'vitest';
import { numberIn, studioVisits } from './studio-page.ts';

const { openStudio, leave } = studioVisits();

describe('time', () => {
  test('shows the means of the frames of a window as blended, and soft pooling between them and the maximum', async () => {
    const page = await openStudio('?frame=9&frames=4');
    const instrument = page.locator('#instrument-time');
    await instrument.getByText('in window 3 of 12').waitFor();
    const levels = (label: string) =>
      instrument.getByRole('img', { name: label }).evaluate((canvas) => {
        const context = new OffscreenCanvas(128, 72).getContext('2d') as OffscreenCanvasRenderingContext2D;
        context.drawImage(canvas as HTMLCanvasElement, 0, 0);
        return Array.from(context.getImageData(0, 30, 128, 1).data).filter((_, index) => index % 4 === 0);
      });
    const frames: number[][] = [];
    for (const frame of [8, 9, 10, 11]) {
      await instrument.locator('input[type="range"]').last().fill(String(frame));
      frames.push(await levels(`frame ${frame + 1}`));
    }
    const [blended, soft, max] = await Promise.all([levels('average: blended'), levels('soft'), levels('max, nearly')]);
    for (let column = 0; column < 128; column++) {
      const column4 = frames.map((line) => line[column] as number);
      const mean = column4.reduce((sum, level) => sum + level, 0) / 4;
      // Frames are shown in whole levels.
      expect(Math.abs((blended?.[column] as number) - mean)).toBeLessThanOrEqual(1);
      expect(soft?.[column]).toBeGreaterThanOrEqual((blended?.[column] as number) - 1);
      expect(soft?.[column]).toBeLessThanOrEqual((max?.[column] as number) + 1);
    }
    expect(soft).not.toEqual(blended);
    await leave(page);
  });
});

test('the frames of a window are a stack, with the chosen one in front', async () => {
  const page = await openStudio('?frame=9&frames=4');
  const instrument = page.locator('#instrument-time');
  await instrument.getByRole('img', { name: 'The window as a stack of 4 pictures, number 2 in front' }).waitFor();
  const stacked = instrument.locator('.frame-stack canvas');
  expect(await stacked.count()).toBe(4);
  const bytesOf = (canvas: Locator) => canvas.evaluate((element) => (element as HTMLCanvasElement).toDataURL());
  for (const [place, frame] of [8, 9, 10, 11].entries()) {
    await instrument.locator('input[type="range"]').last().fill(String(frame));
    const shown = await bytesOf(instrument.getByRole('img', { name: `frame ${frame + 1}` }));
    expect(await bytesOf(stacked.nth(place))).toBe(shown);
    // The point in the middle of a card is its own only if no other card is in front.
    const isInFront = await stacked.nth(place).evaluate((canvas) => {
      canvas.scrollIntoView({ block: 'center' });
      const { x, y, width, height } = canvas.getBoundingClientRect();
      return [0.1, 0.5, 0.9].every((part) => document.elementFromPoint(x + part * width, y + height / 2) === canvas);
    });
    expect(isInFront).toBe(true);
  }
  await leave(page);
});

describe('speed here', () => {
  test('measures what there is, and says why the rest is not', async () => {
    const page = await openStudio();
    const instrument = page.locator('#instrument-speed');
    await instrument.getByRole('button', { name: 'Measure this browser' }).click();
    await instrument.locator('[data-backend="WebGPU"]').getByText('has no WebGPU. Try a recent').waitFor();
    await instrument.locator('[data-backend="threads"]').getByText('is not isolated').waitFor();
    for (const backend of ['copy', 'wasm']) {
      expect(numberIn(await instrument.locator(`[data-backend="${backend}"] td`).first().textContent())).toBeGreaterThan(0);
    }
    await leave(page);
  });

  test('does not call it wasm where the browser compiles none', async () => {
    const page = await openStudio();
    await page.route('**/speed.worker*.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `delete globalThis.WebAssembly;${await response.text()}` });
    });
    const instrument = page.locator('#instrument-speed');
    await instrument.getByRole('button', { name: 'Measure this browser' }).click();
    await instrument.getByText('This browser compiles no WebAssembly, so the call uses the definition.').waitFor();
    await leave(page);
  });

  test('has room for the words beside the clip on the narrowest phone', async () => {
    const page = await openStudio('', { viewport: { width: 320, height: 700 } });
    const words = page.locator('#instrument-speed .live .note');
    expect(await words.evaluate((note) => note.clientWidth)).toBeGreaterThan(200);
    await leave(page);
  });

  test('plays a clip, with frames a second, until it is stopped', async () => {
    const page = await openStudio();
    const instrument = page.locator('#instrument-speed');
    await instrument.getByRole('button', { name: 'Play a clip' }).click();
    await instrument.getByText(/\d+ frames a second, [\d.]+ ms of pooling each/).waitFor();
    await instrument.getByRole('button', { name: 'Stop the clip' }).click();
    await leave(page);
  });
});
