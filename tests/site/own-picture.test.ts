// A visitor's own picture in the studio: what the page shows is what the command makes, and files
// that it cannot use are refused in words.
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { compareMethods, readImage } from '@softpool/media/node';
import type { Page } from 'playwright';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FILES, holdAnswers, studioVisits } from './studio-page.ts';

const { openStudio, leave } = studioVisits();

describe("one's own picture", () => {
  test('is reduced and measured as the command does it, and can be downloaded', async () => {
    const file = `${FILES}noise.png`;
    const bytes = Uint8Array.from({ length: 204 * 152 * 3 }, (_, index) => (index * index * 31 + index * 17 + (index >> 3) * 5) % 256);
    await sharp(bytes, { raw: { width: 204, height: 152, channels: 3 } })
      .png()
      .toFile(file);
    const rows = await compareMethods(await readImage(file), {
      factor: 4,
      methods: ['soft', 'average', 'max'],
      beta: 4.44,
      enlargeBy: 'nearest',
    });
    const page = await openStudio();
    const instrument = page.locator('#instrument-picture');
    await instrument.getByLabel('Choose a picture').setInputFiles(file);
    await instrument.getByText('204 × 152 pixels').waitFor();
    for (const { method, ssim, psnr } of rows) {
      const row = instrument.locator(`[data-method="${method}"]`);
      await row.getByText(psnr.toFixed(2)).waitFor();
      // Rounded to 4 digits.
      expect(Math.abs(Number(await row.locator('td').first().textContent()) - ssim)).toBeLessThanOrEqual(0.00006);
    }
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      instrument.getByRole('button', { name: 'Download soft' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('soft-by-4.png');
    const saved = await readImage(await download.path());
    const small = rows[0]?.pixels;
    expect([saved.width, saved.height]).toEqual([51, 38]);
    expect(
      Buffer.compare(
        Buffer.from(
          await sharp(await download.path())
            .removeAlpha()
            .raw()
            .toBuffer(),
        ),
        Buffer.from(small?.data ?? []),
      ),
    ).toBe(0);
    await leave(page);
  });

  test('lies where it belongs beside its small pictures and their difference', async () => {
    const file = `${FILES}odd.png`;
    await sharp({ create: { width: 109, height: 77, channels: 3, background: 'green' } })
      .png()
      .toFile(file);
    const page = await openStudio();
    const instrument = page.locator('#instrument-picture');
    const places = () =>
      instrument.locator('.sides').evaluate((sides) => {
        const { left, top, width, height } = sides.getBoundingClientRect();
        const canvases = [...sides.querySelectorAll('canvas')].filter((canvas) => !canvas.hidden);
        return canvases.map((canvas) => {
          const box = canvas.getBoundingClientRect();
          return [(box.left - left) / width, (box.top - top) / height, box.width / width, box.height / height];
        });
      });
    const expectPlaces = async (...expected: number[][]) => {
      const rounded = (all: number[][]) => all.map((place) => place.map((part) => part.toFixed(2)));
      await expect.poll(async () => rounded(await places())).toEqual(rounded(expected));
    };
    await instrument.getByLabel('Choose a picture').setInputFiles(file);
    await instrument.getByText('109 × 77 pixels').waitFor();
    await instrument.getByRole('radio', { name: '16', exact: true }).check();
    await instrument.getByRole('group', { name: 'Left' }).getByText('original').click();
    // 7 × 5 windows of 16 cover 112 × 80 pixels.
    await expectPlaces([0, 0, 1, 1], [0, 0, 112 / 109, 80 / 77]);
    await instrument.getByRole('radio', { name: 'small' }).check();
    await expectPlaces([0, 0, 109 / 112, 77 / 80], [0, 0, 1, 1]);
    expect(await instrument.locator('.sides').evaluate((sides) => [sides.clientWidth, sides.clientHeight])).toEqual([7, 5]);
    // Of a large picture the middle is measured and compared: 1536 × 1536 pixels.
    await sharp({ create: { width: 3000, height: 2000, channels: 3, background: 'green' } })
      .png()
      .toFile(file);
    await instrument.getByLabel('Choose a picture').setInputFiles(file);
    await instrument.getByText('3000 × 2000 pixels').waitFor();
    await instrument.getByRole('radio', { name: 'fit' }).check();
    await instrument.getByRole('button', { name: 'Difference' }).click();
    await expectPlaces([720 / 3000, 224 / 2000, 1536 / 3000, 1536 / 2000]);
    await instrument.getByRole('button', { name: 'Difference' }).click();
    await instrument.getByRole('radio', { name: '400 %' }).check();
    const middle = () => instrument.locator('.two-up').evaluate((view) => (view.scrollLeft + view.clientWidth / 2) / view.scrollWidth);
    await expect.poll(middle).toBeCloseTo(0.5, 2);
    await leave(page);
  });

  test.for(['dropped', 'pasted'] as const)('may be %s', async (way) => {
    const png = await sharp({ create: { width: 33, height: 17, channels: 3, background: 'green' } })
      .png()
      .toBuffer();
    const page = await openStudio();
    const instrument = page.locator('#instrument-picture');
    await instrument.evaluate(
      (section, [bytes, how]) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(bytes)], 'green.png', { type: 'image/png' }));
        if (how === 'dropped') section.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
        // Not every browser takes the data of an event that a script makes.
        else document.dispatchEvent(Object.defineProperty(new ClipboardEvent('paste'), 'clipboardData', { value: data }));
      },
      [[...png], way] as const,
    );
    await instrument.getByText('33 × 17 pixels').waitFor();
    await leave(page);
  });

  test('blinks, shows the difference, and zooms, by keyboard too', async () => {
    const page = await openStudio();
    const instrument = page.locator('#instrument-picture');
    await instrument.scrollIntoViewIfNeeded();
    await instrument.getByText('512 × 512 pixels').waitFor();
    await instrument.getByLabel('divider').press('b');
    const isBlinking = () => instrument.getByRole('button', { name: 'Blink' }).getAttribute('aria-pressed');
    await expect.poll(isBlinking).toBe('true');
    for (let moment = 0; moment < 4; moment++) await page.keyboard.down('b');
    await page.keyboard.up('b');
    expect(await isBlinking(), 'a key that is held down counts once').toBe('false');
    await instrument.getByRole('button', { name: 'Difference' }).click();
    await instrument.getByRole('img', { name: 'Difference of soft and average, 4 times as bright' }).waitFor();
    await instrument.getByRole('radio', { name: '200 %' }).check();
    await expect.poll(() => instrument.locator('.sides').evaluate((element) => element.getBoundingClientRect().width)).toBe(1024);
    await leave(page);
  });

  test('shows the chosen sides again after their difference, each with its own pixels', async () => {
    // Each window of 2 × 2 pixels has the levels 0, 0, 0, 40. Their mean is 10, their maximum 40.
    const levels = Uint8Array.from({ length: 16 * 16 }, (_, i) => (i % 2 === 1 && Math.floor(i / 16) % 2 === 1 ? 40 : 0));
    const png = await sharp(levels, { raw: { width: 16, height: 16, channels: 1 } })
      .png()
      .toBuffer();
    const page = await openStudio('?factor=2&left=max&right=average');
    const instrument = page.locator('#instrument-picture');
    await instrument.scrollIntoViewIfNeeded(); // what is not on the screen need not be painted
    await instrument.getByLabel('Choose a picture').setInputFiles({ name: 'lights.png', mimeType: 'image/png', buffer: png });
    await instrument.getByText('16 × 16 pixels').waitFor();
    await instrument.locator('[data-method="max"] td').first().getByText('0.').waitFor();
    const shown = async () => {
      const images = await instrument.locator('.sides').getByRole('img').all();
      return Promise.all(
        images.map((image) =>
          image.evaluate((element) => {
            const canvas = element as HTMLCanvasElement;
            const context = new OffscreenCanvas(16, 16).getContext('2d') as OffscreenCanvasRenderingContext2D;
            context.drawImage(canvas, 0, 0);
            return `${canvas.getAttribute('aria-label')}, ${canvas.width} wide: ${context.getImageData(1, 1, 1, 1).data[0]}`;
          }),
        ),
      );
    };
    const sides = ['Right: average, 8 wide: 10', 'Left: max, 8 wide: 40'];
    await expect.poll(shown).toEqual(sides);
    await instrument.getByRole('button', { name: 'Difference' }).click();
    await expect.poll(shown).toEqual(['Difference of max and average, 4 times as bright, 16 wide: 120']);
    await instrument.getByRole('button', { name: 'Difference' }).click();
    await expect.poll(shown).toEqual(sides);
    await instrument.getByRole('group', { name: 'Left' }).getByText('original').click();
    await expect.poll(shown).toEqual(['Left: original, 16 wide: 40', 'Right: average, 8 wide: 10']);
    await instrument.getByRole('group', { name: 'Left' }).getByText('average').click();
    await expect.poll(shown).toEqual(['Left and right: average, 8 wide: 10']);
    await leave(page);
  });

  // One visit for all: a usable picture is shown before each, and is gone after it.
  let unusable: Page;
  const smallPicture = `${FILES}usable.png`;
  beforeAll(async () => {
    await makeFiles();
    await sharp({ create: { width: 40, height: 20, channels: 3, background: 'green' } })
      .png()
      .toFile(smallPicture);
    unusable = await openStudio();
  });
  afterAll(() => leave(unusable));

  test.for([
    ['a file that is damaged', 'damaged.png', /is damaged: a checksum in it is wrong\. Copy or download it again/],
    ['a file that is not a picture', 'notes.txt', /cannot read this file as a picture\. Choose a JPEG/],
    ['an empty file', 'empty.png', /The file is empty, or it is a folder\. Choose another file/],
    ['a vector picture', 'vector.svg', /cannot read this file as a picture\. Choose a JPEG/],
    ['a photograph that is cut off', 'cut.jpg', /is cut off, or damaged: its end was not found\. Copy or download it again/],
    [
      '100 megapixels',
      '100-megapixels.png',
      /has 100 megapixels, and this page takes at most 60\. Reduce it first, for example with softpool image/,
    ],
    ['a huge file', 'huge.png', /201 MB, and this page reads at most 200 MB\. Choose a smaller one/],
    ['a side that no canvas has', 'long.png', /has 70000 × 5 pixels, and this browser cannot draw one of such a side or area\./],
    ['an animation', 'animation.gif', /20 × 20 pixels\. This is an animation: its first frame is shown/],
  ] as const)('says what to do with %s', async ([, name, sentence]) => {
    const instrument = unusable.locator('#instrument-picture');
    const chooser = instrument.getByLabel('Choose a picture');
    await chooser.setInputFiles(smallPicture);
    await instrument.locator('.status').getByText('40 × 20 pixels').waitFor();
    await chooser.setInputFiles(FILES + name);
    await instrument.locator('.status').getByText(sentence).waitFor();
  });

  test('may be smaller than the factor: the page says so, and shows no result of a picture before', async () => {
    const tiny = await sharp({ create: { width: 3, height: 2, channels: 3, background: 'green' } })
      .png()
      .toBuffer();
    const page = await openStudio();
    const instrument = page.locator('#instrument-picture');
    const chooser = instrument.getByLabel('Choose a picture');
    await chooser.setInputFiles(smallPicture);
    await instrument.locator('[data-method="max"]').getByText('∞').waitFor();
    await chooser.setInputFiles({ name: 'tiny.png', mimeType: 'image/png', buffer: tiny });
    await instrument.getByText('A picture of 3 × 2 pixels cannot be reduced by 4. Reduce it by less, or choose a larger one.').waitFor();
    expect(await instrument.locator('.sides').getByRole('img').count()).toBe(0);
    await instrument.getByRole('radio', { name: '2', exact: true }).check();
    await instrument.getByRole('img', { name: 'Left: soft' }).waitFor();
    await instrument.locator('[data-method="max"]').getByText('∞').waitFor();
    await instrument.getByRole('radio', { name: '16' }).check();
    await instrument.getByText('3 × 2 pixels cannot be reduced by 16').waitFor();
    expect(await instrument.locator('.figures').getByText('∞').count()).toBe(0);
    await leave(page);
  });

  test('is shown again as the address says: its light, its size and the chosen window', async () => {
    const page = await openStudio();
    await page.locator('#instrument-beta').getByLabel('column').press('ArrowRight');
    const instrument = page.locator('#instrument-picture');
    await instrument.getByLabel('linear light').check();
    await instrument.getByRole('radio', { name: '200 %' }).check();
    await page.waitForURL(/picture-window=53,46.*light=linear.*zoom=200/);
    await page.reload();
    await expect.poll(() => instrument.getByLabel('linear light').isChecked()).toBe(true);
    await expect.poll(() => instrument.getByRole('radio', { name: '200 %' }).isChecked()).toBe(true);
    await page.locator('#instrument-beta').getByText('column 46').waitFor();
    await leave(page);
  });

  test('is measured as encoded, where the mean in linear light is not the best', async () => {
    const [width, height] = [44, 24];
    const stripes = Uint8Array.from({ length: width * height }, (_, pixel) => (pixel % 4 === 0 ? 255 : 0));
    const buffer = await sharp(stripes, { raw: { width, height, channels: 1 } })
      .png()
      .toBuffer();
    const page = await openStudio('?factor=4');
    const instrument = page.locator('#instrument-picture');
    await instrument.getByLabel('Choose a picture').setInputFiles({ name: 'stripes.png', mimeType: 'image/png', buffer });
    const average = instrument.locator('[data-method="average"] td').nth(1);
    // A quarter of each window is white. The mean of the bytes is 64, that of the light 137.
    const psnr = (gray: number) => 10 * Math.log10(255 ** 2 / (0.75 * gray ** 2 + 0.25 * (255 - gray) ** 2));
    await average.getByText(psnr(64).toFixed(2)).waitFor();
    await instrument.getByText('window: no method has a better PSNR than average pooling').waitFor();
    await instrument.getByLabel('linear light').check();
    await average.getByText(psnr(137).toFixed(2)).waitFor();
    await instrument.getByText('window: without linear light, no method has a better PSNR than average pooling').waitFor();
    await leave(page);
  });

  test('fits the view, also if it is high', async () => {
    const high = await sharp({ create: { width: 30, height: 400, channels: 3, background: 'green' } })
      .png()
      .toBuffer();
    const page = await openStudio();
    const instrument = page.locator('#instrument-picture');
    await instrument.getByLabel('Choose a picture').setInputFiles({ name: 'high.png', mimeType: 'image/png', buffer: high });
    await instrument.getByText('30 × 400 pixels').waitFor();
    const view = instrument.locator('.two-up');
    expect(await view.evaluate((element) => [element.scrollHeight - element.clientHeight, element.clientHeight])).toEqual([0, 630]);
    await leave(page);
  });

  test('may be followed by another at once: all that is shown is of the last one', async () => {
    const [large, small] = [`${FILES}large.png`, `${FILES}small.png`];
    const plain = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: 'green' } }).png();
    await plain(5000, 4000).toFile(large);
    await plain(40, 20).toFile(small);
    const page = await openStudio();
    const instrument = page.locator('#instrument-picture');
    const chooser = instrument.getByLabel('Choose a picture');
    await chooser.setInputFiles(large);
    await chooser.setInputFiles(small);
    await instrument.getByText('40 × 20 pixels').waitFor();
    await instrument.getByRole('radio', { name: '2', exact: true }).check();
    await instrument.locator('[data-method="max"]').getByText('∞').waitFor();
    // Until the comparison by 2 is done, there is nothing to download.
    const saved = page.waitForEvent('download');
    await instrument.getByRole('button', { name: 'Download soft' }).click();
    const { width, height } = await sharp(await (await saved).path()).metadata();
    expect([(await saved).suggestedFilename(), width, height]).toEqual(['soft-by-2.png', 20, 10]);
    await leave(page);
  });

  test.each(['picture', 'bitmap-canvas'])('says what to do if its worker cannot be loaded: %s', async (worker) => {
    const page = await openStudio();
    await page.route(`**/${worker}.worker*.js`, (route) => route.abort());
    await page.reload();
    const instrument = page.locator('#instrument-picture');
    await instrument.scrollIntoViewIfNeeded();
    await instrument
      .locator('.problem')
      .getByText('The worker of this page could not start or ran out of memory. Reload the page.')
      .waitFor();
    await page.context().close();
  });

  test('is not downloaded as it was reduced before, while it is reduced anew', async () => {
    const page = await openStudio();
    const letAnswer = await holdAnswers(page, 'picture', 'reduced');
    const instrument = page.locator('#instrument-picture');
    const download = instrument.getByRole('button', { name: 'Download soft' });
    await instrument.getByLabel('Choose a picture').setInputFiles(smallPicture);
    await instrument.getByRole('progressbar').waitFor();
    await letAnswer();
    await expect.poll(() => download.isEnabled()).toBe(true);
    await instrument.getByRole('radio', { name: '2', exact: true }).check();
    await instrument.getByRole('progressbar').waitFor();
    expect(await download.isEnabled()).toBe(false);
    await letAnswer();
    await expect.poll(() => download.isEnabled()).toBe(true);
    await leave(page);
  });

  test('is shown again on a later page after the worker of its canvases could not be loaded', async () => {
    const page = await openStudio();
    await page.route('**/bitmap-canvas.worker*.js', (route) => route.abort());
    const header = page.locator('.VPNavBar');
    const instrument = page.locator('#instrument-picture');
    await page.reload();
    await instrument.locator('.problem').getByText('The worker of this page could not start').waitFor();
    await page.unroute('**/bitmap-canvas.worker*.js');
    await header.getByRole('link', { name: 'Reference' }).click();
    await instrument.waitFor({ state: 'detached' });
    await header.getByRole('link', { name: 'Studio' }).click();
    await instrument.scrollIntoViewIfNeeded();
    await expect
      .poll(() => instrument.getByRole('img', { name: 'Left: soft' }).evaluate((canvas) => (canvas as HTMLCanvasElement).width))
      .toBe(128);
    await page.context().close();
  });

  test('may be opened after its worker could not be loaded', async () => {
    const page = await openStudio();
    await page.route('**/picture.worker*.js', (route) => route.abort());
    const instrument = page.locator('#instrument-picture');
    await instrument.getByLabel('Choose a picture').setInputFiles(smallPicture);
    await instrument.locator('.problem').getByText('The worker of this page could not start').waitFor();
    await page.unroute('**/picture.worker*.js');
    await instrument.getByLabel('Choose a picture').setInputFiles(smallPicture);
    await instrument.locator('.status').getByText('40 × 20 pixels').waitFor();
    await page.context().close();
  });

  test('says so if a result cannot be written as a file', async () => {
    const page = await openStudio();
    await page.route('**/picture.worker*.js', async (route) => {
      const response = await route.fetch();
      const fails = "OffscreenCanvas.prototype.convertToBlob = () => Promise.reject(new Error('no memory'));";
      await route.fulfill({ response, body: fails + (await response.text()) });
    });
    const instrument = page.locator('#instrument-picture');
    await instrument.getByLabel('Choose a picture').setInputFiles(smallPicture);
    await instrument.getByRole('button', { name: 'Download soft' }).click();
    await instrument.locator('.problem').getByText('The picture could not be processed: Error: no memory.').waitFor();
    await leave(page);
  });

  test.each(['dropped', 'pasted'])('may not be one of several that are %s: the page asks for one', async (how) => {
    const page = await openStudio();
    const instrument = page.locator('#instrument-picture');
    await instrument.evaluate((section, way) => {
      const data = new DataTransfer();
      for (const name of ['a.png', 'b.png']) data.items.add(new File(['x'], name, { type: 'image/png' }));
      const options = { bubbles: true, cancelable: true };
      section.dispatchEvent(
        way === 'dropped'
          ? new DragEvent('drop', { ...options, dataTransfer: data })
          : new ClipboardEvent('paste', { ...options, clipboardData: data }),
      );
    }, how);
    await instrument.getByText('These are 2 files. Take one of them.').waitFor();
    await instrument.getByLabel('Choose a picture').setInputFiles(smallPicture);
    await instrument.getByText('40 × 20 pixels').waitFor();
    await leave(page);
  });

  test('that misses the instruments does not take the place of the page, and words go where they are dropped', async () => {
    const page = await openStudio();
    const isKept = (type: string, isFile: boolean) =>
      page.locator('h1').evaluate(
        (heading, [name, file]) => {
          const data = new DataTransfer();
          if (file) data.items.add(new File(['x'], 'a.png', { type: 'image/png' }));
          else data.setData('text/plain', '3');
          return !heading.dispatchEvent(new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true }));
        },
        [type, isFile] as const,
      );
    for (const type of ['dragover', 'drop']) {
      expect(await isKept(type, true), type).toBe(true);
      expect(await isKept(type, false), type).toBe(false);
    }
    await leave(page);
  });

  test('may not be a text that is dropped: the page says so', async () => {
    const page = await openStudio();
    const instrument = page.locator('#instrument-picture');
    await instrument.evaluate((section) => {
      const data = new DataTransfer();
      data.setData('text/plain', 'https://example.org/picture.png');
      section.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    });
    await instrument.getByText('This is not a file. Save it on this device first, then choose or drop it here.').waitFor();
    await leave(page);
  });

  test('may have 24 megapixels, and the page still answers', async () => {
    const file = `${FILES}24-megapixels.jpg`;
    await sharp({ create: { width: 6000, height: 4000, channels: 3, background: '#4488cc' } })
      .jpeg()
      .toFile(file);
    const page = await openStudio();
    const instrument = page.locator('#instrument-picture');
    await instrument.getByLabel('Choose a picture').setInputFiles(file);
    await instrument.getByRole('progressbar').waitFor();
    await page.locator('#instrument-window').getByRole('button', { name: 'Outlier' }).click();
    await page.getByText('y = 4.8').first().waitFor();
    await instrument.getByText('6000 × 4000 pixels').waitFor();
    await instrument.locator('[data-method="max"]').getByText('∞').waitFor();
    await leave(page);
  });
});

async function makeFiles(): Promise<void> {
  const frame = (background: string) => ({ create: { width: 20, height: 20, channels: 3 as const, background } });
  const frames = await Promise.all(['red', 'blue'].map((color) => sharp(frame(color)).png().toBuffer()));
  await sharp(frames, { join: { animated: true } })
    .gif({ delay: [100, 100] })
    .toFile(`${FILES}animation.gif`);
  // Whole, but with zeros for the coded data of its one chunk.
  const red = await sharp(frame('red')).png().toBuffer();
  writeFileSync(`${FILES}damaged.png`, red.fill(0, red.indexOf('IDAT') + 4, red.indexOf('IEND') - 8));
  writeFileSync(`${FILES}notes.txt`, 'not a picture');
  writeFileSync(`${FILES}empty.png`, '');
  writeFileSync(`${FILES}vector.svg`, '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><path d="M0 0h9v9z"/></svg>');
  writeFileSync(`${FILES}cut.jpg`, (await sharp('examples/photographs/coffee.png').jpeg().toBuffer()).subarray(0, 9000));
  await sharp({ create: { width: 10_000, height: 10_000, channels: 3, background: 'blue' } })
    .png()
    .toFile(`${FILES}100-megapixels.png`);
  await sharp({ create: { width: 70_000, height: 5, channels: 3, background: 'blue' } })
    .png()
    .toFile(`${FILES}long.png`);
  writeFileSync(`${FILES}huge.png`, readFileSync(`${FILES}damaged.png`));
  truncateSync(`${FILES}huge.png`, 201_000_000);
}
