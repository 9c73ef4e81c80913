// The instruments of the studio, used as a visitor would. What they show is compared with the
// definition (`softpool/reference`), or with plain loops in this file.
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { compareMethods, readImage } from '@softpool/media/node';
import type { Locator, Page } from 'playwright';
import sharp from 'sharp';
import { softPool1d as fastSoftPool1d, softPool2d as fastSoftPool2d } from 'softpool';
import { softPool1d, softPool1dGrad, softPool2d, softPool2dGrad } from 'softpool/reference';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FILES, numberIn, numbersIn, studioVisits } from './studio-page.ts';

const { address, openStudio, leave } = studioVisits();

describe('one window', () => {
  test('shows the weights and the output of the definition, for values that are typed and moved', async () => {
    const page = await openStudio();
    const window = page.locator('#instrument-window');
    await window.getByLabel('Value of input 2').fill('2.5');
    await window.getByLabel('Value of input 2').press('Enter');
    await window.getByLabel('Input 1', { exact: true }).press('ArrowRight');
    const x = { data: Float64Array.of(0.1, 2.5, 2, 3), shape: [1, 4] };
    const [y] = softPool1d(x, { kernelSize: 4 }).data;
    await window.getByText(`y = ${(y as number).toFixed(3)}`).waitFor();
    const weights = softPool1dGrad(x, { data: Float64Array.of(1), shape: [1, 1] }, { kernelSize: 4 }).data;
    expect(await numbersIn(window.locator('[data-weight]'))).toEqual(Array.from(weights, (weight) => Number(weight.toFixed(3))));
    expect(await numbersIn(window.locator('[data-mark]'))).toEqual([1.9, Number((y as number).toPrecision(4)), 3]);
    await leave(page);
  });

  test('shows what the formula as written does with 1000, and that the library is right', async () => {
    const page = await openStudio();
    const window = page.locator('#instrument-window');
    await window.getByRole('button', { name: 'x = 1000' }).click();
    await window.getByText('The same formula').waitFor();
    expect(await window.locator('[data-as-written]').textContent()).toBe('NaN');
    const [y] = softPool1d({ data: Float64Array.of(1000, 1001, 999, 1002), shape: [1, 4] }, { kernelSize: 4 }).data;
    expect(numberIn(await window.locator('[data-mark="soft"]').textContent())).toBe(Math.round(y as number));
    await leave(page);
  });

  test('is kept in the address, so that a link shows the same', async () => {
    const page = await openStudio();
    await page.locator('#instrument-window').getByRole('radio', { name: '3×3' }).check();
    await page.locator('#instrument-window').getByRole('button', { name: '4.44, pictures' }).click();
    await page.waitForURL(/shape=3.*beta=4\.44/);
    const shared = page.url().replace(address(), '');
    await page.goto('about:blank');
    await page.goto(address() + shared);
    await page.locator('#instrument-window output').getByText('4.44').waitFor();
    expect(await page.locator('#instrument-window tbody tr').count()).toBe(9);
    await leave(page);
  });

  test('ignores an address that makes no sense', async () => {
    const page = await openStudio(
      '?shape=9×9&beta=NaN&x=1,two,3&cell=output-99&kernel=1.5&shift=1.5&frame=1e9&factor=1000&own-beta=-1&clothes=0.5&__proto__=1&%ff',
    );
    await page.getByText('y = 2.493').first().waitFor();
    expect(await page.getByLabel('kernel').inputValue()).toBe('3');
    expect(await page.locator('#instrument-shift input[type="range"]').inputValue()).toBe('1');
    await page.getByText('frame 21').first().waitFor();
    await leave(page);
  });

  /** A visit with β = 2, and then, after a link within the page, 4.44. */
  async function openTwoEntries() {
    const page = await openStudio('?beta=2');
    const window = page.locator('#instrument-window');
    await window.locator('output').getByText('2', { exact: true }).waitFor();
    await page.locator('.VPDocAside').getByRole('link', { name: 'One window' }).click();
    await page.waitForURL(/beta=2#one-window/);
    await window.getByRole('button', { name: '4.44, pictures' }).click();
    await page.waitForURL(/beta=4\.44#/);
    return { page, window };
  }

  test('follows the address back and forward', async () => {
    const { page, window } = await openTwoEntries();
    await window.evaluate((element) => element.setAttribute('data-kept', ''));
    await page.goBack();
    await window.locator('output').getByText('2', { exact: true }).waitFor();
    await page.goForward();
    await window.locator('output').getByText('4.44').waitFor();
    expect(await page.locator('#instrument-window[data-kept]').count(), 'the page was not loaded anew').toBe(1);
    await leave(page);
  });

  test('writes nothing into the address when one goes back: the entry that comes next stays', async () => {
    const { page, window } = await openTwoEntries();
    const written = await page.evaluate(async () => {
      let count = 0;
      history.replaceState = () => {
        count += 1;
      };
      history.back();
      // Longer than a change waits until it is written.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return count;
    });
    expect(written).toBe(0);
    expect(await window.locator('output').textContent()).toBe('2');
    await leave(page);
  });

  test('writes the address once for all moves of a drag', async () => {
    const page = await openStudio();
    const written = await page.locator('#window-beta').evaluate(async (slider) => {
      let count = 0;
      const replaceState = history.replaceState.bind(history);
      history.replaceState = (...args) => {
        count += 1;
        replaceState(...args);
      };
      for (let move = 0; move < 50; move++) {
        (slider as HTMLInputElement).value = String(100 + move);
        slider.dispatchEvent(new Event('input', { bubbles: true }));
        // Vue's update is a microtask, so all moves come before a timer.
        await Promise.resolve().then(() => undefined);
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return count;
    });
    expect(written).toBe(1);
    await leave(page);
  });

  test('shows the number in use where a field has one that cannot be used', async () => {
    const page = await openStudio();
    const field = page.locator('#instrument-window').getByLabel('Value of input 2');
    await field.fill('');
    await field.press('Enter');
    await expect.poll(() => field.inputValue()).toBe('1');
    await leave(page);
  });

  test('gives code that computes the number it shows', async () => {
    const page = await openStudio('?x=0,1,2,7&beta=2');
    const window = page.locator('#instrument-window');
    await window.locator('output').getByText('2', { exact: true }).waitFor();
    await window.getByRole('button', { name: 'TypeScript' }).click();
    const code = (await window.locator('pre').textContent()) ?? '';
    const body = code.replace(/^import .*$/m, '').replace('console.log(y.data);', 'return y.data;');
    const [y] = new Function('softPool2d', body)(fastSoftPool2d) as Float64Array;
    expect(numberIn(await window.locator('[data-mark="soft"]').textContent())).toBe(Number((y as number).toPrecision(4)));
    await leave(page);
  });
});

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

describe('inputs and outputs', () => {
  test('are walked through by keyboard, and name the weights of the definition', async () => {
    const page = await openStudio();
    const instrument = page.locator('#instrument-connections');
    await instrument.getByRole('grid', { name: 'Output' }).locator('[tabindex="0"]').focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowLeft');
    const cells = await numbersIn(instrument.getByRole('grid', { name: 'Input' }).getByRole('gridcell'));
    const x = { data: Float64Array.from(cells), shape: [1, 7, 7] };
    const dy = { data: Float64Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0), shape: [1, 3, 3] };
    const weights = softPool2dGrad(x, dy, { kernelSize: 3, stride: 2 }).data;
    await instrument.getByText(`The largest weight is ${Math.max(...weights).toFixed(3)}`).waitFor();
    await instrument
      .getByRole('gridcell', { name: '4, row 5, column 3' })
      .or(instrument.getByRole('gridcell', { name: 'row 5, column 5' }))
      .last()
      .focus();
    await instrument
      .locator('p[role="status"]')
      .getByText(/^Input 4 feeds 4 outputs, with weights /)
      .waitFor();
    await leave(page);
  });
});

test('a pointer over an output lights its window, and over an input the outputs that it feeds', async () => {
  const page = await openStudio();
  const instrument = page.locator('#instrument-connections');
  const [inputs, outputs] = ['Input', 'Output'].map((name) => instrument.getByRole('grid', { name }).getByRole('gridcell'));
  await outputs!.nth(8).hover();
  await expect
    .poll(() => inputs!.evaluateAll((cells) => cells.flatMap((cell, at) => (cell.classList.contains('lit') ? [at] : []))))
    .toEqual([32, 33, 34, 39, 40, 41, 46, 47, 48]);
  await inputs!.nth(48).hover();
  await expect
    .poll(() => outputs!.evaluateAll((cells) => cells.flatMap((cell, at) => (cell.classList.contains('lit') ? [at] : []))))
    .toEqual([8]);
  await leave(page);
});

describe('the gradient', () => {
  test('is that of the definition, for each method, and agrees with the differences', async () => {
    const page = await openStudio('?x=0,2,-1,1');
    const instrument = page.locator('#instrument-gradient');
    const x = { data: Float64Array.of(0, 2, -1, 1), shape: [1, 4] };
    const dy = { data: Float64Array.of(1), shape: [1, 1] };
    const [paper, exact] = (['weights', 'exact'] as const).map((gradient) =>
      Array.from(softPool1dGrad(x, dy, { kernelSize: 4, gradient }).data),
    );
    const rounded = (values: readonly number[] | undefined) => values?.map((value) => Number(value.toFixed(3)));
    await instrument.locator('.gradient.max [data-gradient]').nth(1).getByText('1').waitFor();
    expect(await numbersIn(instrument.locator('.gradient.max [data-gradient]'))).toEqual([0, 1, 0, 0]);
    expect(await numbersIn(instrument.locator('.gradient.average [data-gradient]'))).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(await numbersIn(instrument.locator('.gradient.paper [data-gradient]'))).toEqual(rounded(paper));
    expect(await numbersIn(instrument.locator('.gradient.exact [data-gradient]'))).toEqual(rounded(exact));
    const differences = (await instrument.locator('[data-differences]').textContent())?.split(', ').map(numberIn);
    expect(differences).toEqual(rounded(exact));
    await leave(page);
  });

  test('raises y when one pulls', async () => {
    const page = await openStudio('?x=0,1,2,3');
    const instrument = page.locator('#instrument-gradient');
    await instrument.getByLabel('along').selectOption('soft, exact');
    await instrument.getByRole('button', { name: 'Pull y up' }).click();
    const x = { data: Float64Array.of(0, 1, 2, 3), shape: [1, 4] };
    const gradient = softPool1dGrad(x, { data: Float64Array.of(1), shape: [1, 1] }, { kernelSize: 4, gradient: 'exact' }).data;
    const moved = x.data.map((value, index) => Number((value + 0.25 * (gradient[index] as number)).toPrecision(6)));
    const [y] = fastSoftPool1d({ data: moved, shape: [1, 4] }, { kernelSize: 4 }).data;
    await instrument
      .locator('[data-output]')
      .getByText((y as number).toFixed(3))
      .waitFor();
    await leave(page);
  });
});

describe('windows along one axis', () => {
  test('follow the sliders, with the formula filled in', async () => {
    const page = await openStudio();
    const instrument = page.locator('#instrument-geometry');
    await instrument.getByLabel('dilation').press('ArrowRight');
    await instrument.getByLabel('ceil mode').check();
    await instrument.getByText('⌈(10 + 2·1 − 2·(3 − 1) − 1) / 2⌉ + 1 = 5').waitFor();
    expect(await instrument.locator('.windows .row').count()).toBe(1 + 5);
    await leave(page);
  });

  test('explain why a setting is impossible, in the words of the library', async () => {
    const page = await openStudio('?size=3&kernel=7&padding=0');
    await page.locator('#instrument-geometry [role="alert"]').getByText('poolGeometry').waitFor();
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
});

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
        else document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data }));
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
    await expect.poll(() => instrument.getByRole('button', { name: 'Blink' }).getAttribute('aria-pressed')).toBe('true');
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
    ['a file that is damaged', 'damaged.png', /cannot read this file as a picture\. Choose a JPEG/],
    ['a file that is not a picture', 'notes.txt', /cannot read this file as a picture\. Choose a JPEG/],
    ['an empty file', 'empty.png', /The file is empty, or it is a folder\. Choose another file/],
    ['a vector picture', 'vector.svg', /cannot read this file as a picture\. Choose a JPEG/],
    ['a photograph that is cut off', 'cut.jpg', /cannot read this file as a picture\. Choose a JPEG/],
    [
      '100 megapixels',
      '100-megapixels.png',
      /has 100 megapixels, and this page takes at most 60\. Reduce it first, for example with softpool image/,
    ],
    ['a huge file', 'huge.png', /201 MB, and this page reads at most 200 MB\. Choose a smaller one/],
    ['an animation', 'animation.gif', /20 × 20 pixels\. This is an animation: its first frame is shown/],
  ] as const)('says what to do with %s', async ([, name, sentence]) => {
    const instrument = unusable.locator('#instrument-picture');
    const chooser = instrument.getByLabel('Choose a picture');
    await chooser.setInputFiles(smallPicture);
    await instrument.locator('.status').getByText('40 × 20 pixels').waitFor();
    await chooser.setInputFiles(FILES + name);
    await instrument.locator('.status').getByText(sentence).waitFor();
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
    // Until the comparison by 2 is done, the results are those by 4.
    const savedSize = async (): Promise<string> => {
      const saved = page.waitForEvent('download');
      await instrument.getByRole('button', { name: 'Download soft' }).click();
      const { width, height } = await sharp(await (await saved).path()).metadata();
      return `${width} × ${height}`;
    };
    await expect.poll(savedSize).toBe('20 × 10');
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

  test('plays a clip, with frames a second, until it is stopped', async () => {
    const page = await openStudio();
    const instrument = page.locator('#instrument-speed');
    await instrument.getByRole('button', { name: 'Play a clip' }).click();
    await instrument.getByText(/\d+ frames a second, [\d.]+ ms of pooling each/).waitFor();
    await instrument.getByRole('button', { name: 'Stop the clip' }).click();
    await leave(page);
  });
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

async function makeFiles(): Promise<void> {
  const frame = (background: string) => ({ create: { width: 20, height: 20, channels: 3 as const, background } });
  const frames = await Promise.all(['red', 'blue'].map((color) => sharp(frame(color)).png().toBuffer()));
  await sharp(frames, { join: { animated: true } })
    .gif({ delay: [100, 100] })
    .toFile(`${FILES}animation.gif`);
  writeFileSync(`${FILES}damaged.png`, (await sharp(frame('red')).png().toBuffer()).subarray(0, 60));
  writeFileSync(`${FILES}notes.txt`, 'not a picture');
  writeFileSync(`${FILES}empty.png`, '');
  writeFileSync(`${FILES}vector.svg`, '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><path d="M0 0h9v9z"/></svg>');
  writeFileSync(`${FILES}cut.jpg`, (await sharp('examples/photographs/coffee.png').jpeg().toBuffer()).subarray(0, 9000));
  await sharp({ create: { width: 10_000, height: 10_000, channels: 3, background: 'blue' } })
    .png()
    .toFile(`${FILES}100-megapixels.png`);
  writeFileSync(`${FILES}huge.png`, readFileSync(`${FILES}damaged.png`));
  truncateSync(`${FILES}huge.png`, 201_000_000);
}
