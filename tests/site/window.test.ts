// One window of the studio, and windows side by side, used as a visitor would. What they show is
// compared with the definition (`softpool/reference`).
import sharp from 'sharp';
import { softPool1d as fastSoftPool1d, softPool2d as fastSoftPool2d } from 'softpool';
import { softPool1d, softPool1dGrad, softPool2dGrad } from 'softpool/reference';
import { describe, expect, test } from 'vitest';
import { enter, numberIn, numbersIn, studioVisits } from './studio-page.ts';

const { address, openStudio, leave } = studioVisits();

describe('one window', () => {
  test('shows the weights and the output of the definition, for values that are typed and moved', async () => {
    const page = await openStudio();
    const window = page.locator('#instrument-window');
    await enter(window.getByLabel('Value of input 2'), '2.5');
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
    expect(numberIn(await window.locator('[data-mark="soft"]').textContent())).toBe(Number((y as number).toFixed(1)));
    await leave(page);
  });

  test('says why the formula as written gives NaN where all exponentials are 0', async () => {
    const page = await openStudio('?x=-1,-2,-3,-4&beta=1000');
    const window = page.locator('#instrument-window');
    await window.getByText('All exponentials round to 0, and 0/0 is NaN.').waitFor();
    expect(await window.locator('[data-as-written]').textContent()).toBe('NaN');
    await leave(page);
  });

  test.each([390, 1440])('shows the whole numbers of its fields, %d pixels wide', async (width) => {
    const page = await openStudio('?x=-1000000,1000000,123456,0', { viewport: { width, height: 900 } });
    const fields = page.locator('#instrument-window .number-field');
    await expect.poll(() => fields.first().inputValue()).toBe('-1000000');
    const cut = await fields.evaluateAll((all) =>
      (all as HTMLInputElement[]).filter((field) => field.scrollWidth > field.clientWidth).map(({ value }) => value),
    );
    expect(cut).toEqual([]);
    await leave(page);
  });

  test.each([
    ['85,85,85,85', '∞', 'The exponentials are finite, but their products with x overflow.'],
    // e^88.6 is below the largest number of float32, 3.4e38, and twice that is above it.
    ['88.6,88.6,0,0', 'NaN', 'The exponentials are finite, but their sum overflows.'],
    ['0.0886,0.0886,0,0&beta=1000', '0', 'The exponentials are finite, but their sum overflows.'],
    ['89,0,0,0', 'NaN', 'An exponential overflows, and the original code returns NaN too.'],
    // The largest exponential, e^−103, rounds to the smallest number of float32, the others to 0.
    ['-104,-103,-105,-110', '−103', 'Its exponentials are so small that float32 keeps few digits of them.'],
  ])('says why the formula as written is wrong for %s', async (x, asWritten, why) => {
    const page = await openStudio(`?x=${x}`);
    const window = page.locator('#instrument-window');
    await window.getByText(why).waitFor();
    expect(await window.locator('[data-as-written]').textContent()).toBe(asWritten);
    await leave(page);
  });

  test('lets a bar follow the pointer, also where the bars are longer than usual', async () => {
    const page = await openStudio('?x=50,1,2,3');
    const window = page.locator('#instrument-window');
    const field = window.getByLabel('Value of input 1');
    await expect.poll(() => field.inputValue()).toBe('50');
    const bar = window.getByLabel('Input 1', { exact: true });
    await bar.scrollIntoViewIfNeeded();
    const box = await bar.boundingBox();
    if (box === null) throw new Error('the bar is not shown');
    const [top, middle] = [box.y + box.height / 2, box.x + box.width / 2];
    await page.mouse.move(box.x + box.width - 10, top);
    await page.mouse.down();
    for (let part = 1; part <= 20; part++)
      await page.mouse.move(box.x + box.width - 10 + (part / 20) * (middle - box.x - box.width + 10), top);
    // The bars go from −6 to 50.
    await expect.poll(async () => Math.abs(Number(await field.inputValue()) - 22)).toBeLessThan(0.5);
    await page.mouse.up();
    // Now they end where those of small inputs do, or at the largest input.
    await expect.poll(() => bar.getAttribute('max')).toBe('22');
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

  test('keeps all digits of a number in the address', async () => {
    const page = await openStudio();
    await enter(page.locator('#instrument-window').getByLabel('Value of input 2'), '1000.1234');
    await page.waitForURL(/x=0,1000\.1234,2,3/);
    await leave(page);
  });

  test('ignores values in the address that are not valid', async () => {
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
    await field.selectText();
    await field.press('Delete');
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

  test('is checked by differences of large numbers too', async () => {
    const page = await openStudio('?x=1000000,999999,999998,999997');
    const instrument = page.locator('#instrument-gradient');
    const shown = await numbersIn(instrument.locator('.gradient.exact [data-gradient]'));
    expect(shown).toEqual([0.971, 0.12, -0.043, -0.048]);
    expect((await instrument.locator('[data-differences]').textContent())?.split(', ').map(numberIn)).toEqual(shown);
    await leave(page);
  });

  test('has bars as long as its numbers, to the left where they are negative', async () => {
    const page = await openStudio('?x=0,1,2,3');
    const table = page.locator('#instrument-gradient .gradient.exact');
    const values = await numbersIn(table.locator('[data-gradient]'));
    const bars = table.locator('.extent');
    expect(values.map(Math.sign)).toEqual([-1, -1, 1, 1]);
    const perPixel = (1 - Math.min(...values)) / (await bars.first().evaluate((bar) => bar.clientWidth));
    for (const [index, value] of values.entries()) {
      const { data, info } = await sharp(await bars.nth(index).screenshot())
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      // A row of pixels: white, blue bars, and the gray line at 0.
      const row = Array.from({ length: info.width }, (_, x) => [...data.subarray((6 * info.width + x) * 3, (6 * info.width + x) * 3 + 3)]);
      const bar = row.flatMap(([red = 0, , blue = 0], x) => (blue - red > 40 ? [x] : []));
      const zero = row.findIndex(([, green = 0]) => green < 150);
      expect(Math.abs(bar.length * perPixel - Math.abs(value)), `${value}: ${bar.length} pixels`).toBeLessThan(2 * perPixel);
      expect(bar.every((x) => (value < 0 ? x <= zero : x >= zero))).toBe(true);
    }
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

describe('large and zero settings', () => {
  test('are pulled as small ones are, and never beyond the largest number that a field takes', async () => {
    const page = await openStudio('?x=200000,200000,1000000,1000000&beta=0');
    await page.getByText('y = 600000').first().waitFor();
    await page.locator('#instrument-gradient').getByRole('button', { name: 'Pull y up' }).click();
    // Each weight is 1/4, so each input moves by 1/16.
    const fields = page.locator('#instrument-window .number-field');
    await expect
      .poll(() => fields.evaluateAll((all) => all.map((each) => (each as HTMLInputElement).value)))
      .toEqual(['200000.06', '200000.06', '1000000', '1000000']);
    await leave(page);
  });

  test('have differences for β = −0, which is 0', async () => {
    const page = await openStudio('?beta=-0');
    const differences = page.locator('#instrument-gradient [data-differences]');
    await expect.poll(() => differences.textContent()).toBe('0.25, 0.25, 0.25, 0.25');
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

  test('tell the padding from what lies beyond it in ceil mode', async () => {
    const page = await openStudio('?size=6&kernel=4&dilation=2&stride=3&padding=0&rounding=ceil');
    const kinds = (row: number) =>
      page
        .locator('#instrument-geometry .row')
        .nth(row)
        .locator('i')
        .evaluateAll((all) => all.map((cell) => cell.className));
    await expect.poll(() => kinds(0)).toEqual(['input', 'input', 'input', 'input', 'input', 'input', 'beyond']);
    expect((await kinds(1)).filter((kind) => kind !== 'none')).toEqual(['tap input', 'tap input', 'tap input', 'tap beyond']);
    await leave(page);
  });

  test('explain why a setting is impossible, in the words of the library', async () => {
    const page = await openStudio('?size=3&kernel=7&padding=0');
    await page.locator('#instrument-geometry [role="alert"]').getByText('poolGeometry').waitFor();
    await leave(page);
  });
});
