// The network of the studio, compared with ONNX Runtime in Node and with the definition.
import { readFileSync } from 'node:fs';
import { swapPooling } from '@softpool/onnx';
import ort from 'onnxruntime-node';
import type { Page } from 'playwright';
import sharp from 'sharp';
import { softPool2d } from 'softpool/reference';
import { describe, expect, test } from 'vitest';
import { numbersIn, studioVisits } from './studio-page.ts';

const { openStudio, leave } = studioVisits();

const NETWORK = 'site/network/clothes.onnx';
const { pictures, layers } = JSON.parse(readFileSync('site/network/clothes.json', 'utf8')) as {
  pictures: { label: number }[];
  layers: { before: string; after: string }[];
};

/** What ONNX Runtime in Node makes of a picture of the page. */
async function runInNode(model: Uint8Array, picture: number): Promise<Record<string, ort.Tensor>> {
  const levels = await sharp('site/network/clothes.png')
    .extract({ left: picture * 28, top: 0, width: 28, height: 28 })
    .toColorspace('b-w')
    .raw()
    .toBuffer();
  const session = await ort.InferenceSession.create(model);
  const input = new ort.Tensor(
    'float32',
    Float32Array.from(levels, (level) => level / 127.5 - 1),
    [1, 1, 28, 28],
  );
  return await session.run({ input });
}

function percentages(logits: ort.Tensor | undefined): number[] {
  const exponentials = Array.from(logits?.data as Float32Array, Math.exp);
  const sum = exponentials.reduce((total, each) => total + each, 0);
  return exponentials.map((each) => (each / sum) * 100);
}

/** The gray levels of a canvas. */
function levelsOf(page: Page, label: string): Promise<number[]> {
  return page.getByRole('img', { name: label }).evaluate((canvas) => {
    const { width, height } = canvas as HTMLCanvasElement;
    const context = new OffscreenCanvas(width, height).getContext('2d') as OffscreenCanvasRenderingContext2D;
    context.drawImage(canvas as HTMLCanvasElement, 0, 0);
    return Array.from(context.getImageData(0, 0, width, height).data).filter((_, index) => index % 4 === 0);
  });
}

/** Feature maps as the page draws them: four in a row, a pixel apart, the largest white. */
function drawn(data: ArrayLike<number>, channels: number, side: number, largest: number): number[] {
  const [width, height] = [4 * side + 3, (channels / 4) * (side + 1) - 1];
  const levels = new Array<number>(width * height).fill(0);
  for (let index = 0; index < channels * side * side; index++) {
    const [channel, row, column] = [Math.floor(index / side / side), Math.floor(index / side) % side, index % side];
    const at = (Math.floor(channel / 4) * (side + 1) + row) * width + (channel % 4) * (side + 1) + column;
    levels[at] = ((data[index] as number) / largest) * 255;
  }
  return levels;
}

describe('the network', () => {
  test('answers as in ONNX Runtime in Node, with max pooling and with soft pooling', async () => {
    const picture = pictures.length - 1;
    const page = await openStudio(`?clothes=${picture}&network-beta=2`);
    const instrument = page.locator('#instrument-network');
    await instrument.getByRole('button', { name: 'Start the network' }).click();
    await instrument.getByText('the network answers').waitFor();
    const bytes = readFileSync(NETWORK);
    const expected = {
      max: percentages((await runInNode(bytes, picture)).fc),
      soft: percentages((await runInNode(swapPooling(bytes, { beta: 2 }).model, picture)).fc),
    };
    for (const pooling of ['max', 'soft'] as const) {
      const shown = await numbersIn(instrument.locator(`[data-probability="${pooling}"]`));
      expect(shown).toHaveLength(10);
      for (const [index, percentage] of expected[pooling].entries()) {
        expect(Math.abs((shown[index] as number) - percentage)).toBeLessThanOrEqual(0.051);
      }
    }
    await leave(page);
  });

  test('answers otherwise with soft pooling for as many pictures as the text says', async () => {
    const bytes = readFileSync(NETWORK);
    const models = [bytes, swapPooling(bytes).model];
    const changed: number[] = [];
    for (const picture of pictures.keys()) {
      const answers = await Promise.all(models.map(async (model) => percentages((await runInNode(model, picture)).fc)));
      const [max, soft] = answers.map((all) => all.indexOf(Math.max(...all)));
      if (max !== soft) changed.push(picture);
    }
    expect([pictures.length, changed.length, changed.slice(-4)]).toEqual([14, 6, [10, 11, 12, 13]]);
    const text = readFileSync('site/pages/studio.md', 'utf8').replaceAll('\n', ' ');
    expect(text).toContain('for six of these 14 pictures, the last four among them, the answer changes');
  });

  test('shows the maps before and after each pool, which are those of the definition', async () => {
    const page = await openStudio('?clothes=0');
    const instrument = page.locator('#instrument-network');
    await instrument.getByRole('button', { name: 'Start the network' }).click();
    await instrument.getByText('the network answers').waitFor();
    await instrument.getByRole('radio', { name: 'soft', exact: true }).check();
    const outputs = await runInNode(swapPooling(readFileSync(NETWORK)).model, 0);
    for (const [index, layer] of (['first', 'second'] as const).entries()) {
      await instrument.getByRole('radio', { name: layer }).check();
      const { data, dims } = outputs[layers[index]!.before]!;
      const [, channels = 0, side = 0] = dims;
      const before = Float64Array.from(data as Float32Array);
      const { data: after } = softPool2d({ data: before, shape: [channels, side, side] }, { kernelSize: 2 });
      const largest = Math.max(...before);
      for (const [label, expected] of [
        [`${channels} feature maps before soft pooling`, drawn(before, channels, side, largest)],
        [`${channels} feature maps after soft pooling`, drawn(after, channels, side / 2, largest)],
      ] as const) {
        await expect.poll(async () => (await levelsOf(page, label)).length).toBe(expected.length);
        const shown = await levelsOf(page, label);
        expect(Math.max(...shown.map((level, at) => Math.abs(level - (expected[at] as number))))).toBeLessThanOrEqual(0.51);
      }
    }
    await leave(page);
  });

  test('answers as with max pooling where β is large', async () => {
    const page = await openStudio(`?clothes=${pictures.length - 1}`);
    const instrument = page.locator('#instrument-network');
    await instrument.getByRole('button', { name: 'Start the network' }).click();
    await instrument.getByText('With soft pooling it answers').waitFor();
    await instrument.getByRole('button', { name: 'max →' }).click();
    await instrument.getByText('With both poolings the network answers').waitFor();
    await leave(page);
  });

  test('says what to do where the model cannot be loaded', async () => {
    const page = await openStudio();
    const instrument = page.locator('#instrument-network');
    await page.route('**/clothes*.onnx', (route) => route.abort());
    await instrument.getByRole('button', { name: 'Start the network' }).click();
    await instrument.getByText('The network could not be loaded. Go online, then try again or reload the page.').waitFor();
    await page.context().close();
  });

  test('says what to do where ONNX Runtime cannot be loaded, and starts later', async () => {
    const page = await openStudio();
    const instrument = page.locator('#instrument-network');
    await page.route('**/*.wasm', (route) => route.abort());
    await instrument.getByRole('button', { name: 'Start the network' }).click();
    await instrument.getByText('ONNX Runtime could not be loaded. Go online and try again').waitFor();
    await page.unroute('**/*.wasm');
    await instrument.getByRole('button', { name: 'Start the network' }).click();
    await instrument.getByText('the network answers').waitFor();
    await page.context().close();
  });
});
