// A visitor's .onnx in the studio: swapped as the library does it, run as `softpool check` does.
import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { swapPooling } from '@softpool/onnx';
import { type Node, onnxModel } from '@softpool/testing/onnx-models';
import { ModelProtoSchema, TensorProtoSchema } from 'onnx-buf';
import type { Locator, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enter, FILES, holdAnswers, numberIn, studioVisits } from './studio-page.ts';

const { openStudio, leave } = studioVisits();
const isolated = studioVisits({ 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' });

const POOL: Node = {
  op: 'MaxPool',
  inputs: ['x'],
  outputs: ['y'],
  attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
};
const float = (name: string, shape: readonly (number | string)[]) => ({ name, type: 'float32', shape }) as const;

function write(name: string, bytes: Uint8Array | string): string {
  writeFileSync(FILES + name, bytes);
  return FILES + name;
}

async function withModel(page: Page, file: string): Promise<Locator> {
  const instrument = page.locator('#instrument-model');
  await instrument.getByLabel('Choose an .onnx').setInputFiles(file);
  return instrument;
}

/** A number as the page shows it. */
const shown = (value = Number.NaN): number => Number(value < 1 ? value.toFixed(3) : value.toPrecision(4));

/** The figures of `softpool check` for two files. */
function checked(before: string, after: string, ...flags: string[]): { output: string; largest: number; relative: number }[] {
  const text = execFileSync('node', ['packages/cli/bin/softpool.js', 'check', before, after, '--json', ...flags], { encoding: 'utf8' });
  return JSON.parse(text).outputs;
}

describe("one's own model", () => {
  test.for(['one thread', 'threads'] as const)('is listed, swapped, run on %s and downloaded', async (threads) => {
    const before = write(
      'pool.onnx',
      onnxModel({ inputs: [float('x', [1, 3, 15, 15])], outputs: [float('y', [1, 3, 8, 8])], nodes: [POOL] }),
    );
    const site = threads === 'threads' ? isolated : { openStudio, leave };
    const page = await site.openStudio('?swap-beta=2');
    const instrument = await withModel(page, before);
    await instrument.getByRole('row', { name: 'max 3×3/2 pad 1' }).getByText('soft 2×2/2, ceil, β 2').waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), instrument.getByRole('button', { name: 'Download' }).click()]);
    expect(download.suggestedFilename()).toBe('pool-soft.onnx');
    expect(Buffer.compare(readFileSync(await download.path()), swapPooling(readFileSync(before), { beta: 2 }).model)).toBe(0);
    await instrument.getByRole('button', { name: 'Run before and after' }).click();
    await instrument
      .getByText(threads === 'threads' ? 'On wasm, with threads.' : 'on one thread: this page is not isolated. Reload it')
      .waitFor();
    const [expected] = checked(before, write('pool-after.onnx', readFileSync(await download.path())));
    const row = instrument.locator('[data-output="y"]');
    expect(numberIn(await row.locator('[data-largest]').textContent())).toBe(shown(expected?.largest));
    expect(numberIn(await row.locator('[data-relative]').textContent())).toBe(Number(((expected?.relative ?? 0) * 100).toPrecision(3)));
    await site.leave(page);
  });

  test('may leave sizes open, which one enters', async () => {
    const nodes = [{ ...POOL, attributes: { kernel_shape: [2, 2], strides: [2, 2] } }];
    const before = write(
      'open.onnx',
      onnxModel({ inputs: [float('x', ['N', 3, 'height', 'width'])], outputs: [float('y', ['N', 3, 'h', 'w'])], nodes }),
    );
    const page = await openStudio();
    const instrument = await withModel(page, before);
    await instrument.getByRole('button', { name: 'Run before and after' }).click();
    await instrument.getByText('The model leaves these sizes open. Enter yours and run it again.').waitFor();
    await enter(instrument.getByLabel('height'), '6');
    await enter(instrument.getByLabel('width'), '4');
    await instrument.getByRole('button', { name: 'Run before and after' }).click();
    await instrument.getByText('1 × 3 × 3 × 2').waitFor();
    const [expected] = checked(before, write('open-after.onnx', swapPooling(readFileSync(before)).model), '--input-size', '1x3x6x4');
    expect(numberIn(await instrument.locator('[data-largest]').textContent())).toBe(shown(expected?.largest));
    await leave(page);
  });

  test('may take integers, which are 0, and the page says so', async () => {
    const cast: Node = { op: 'Cast', inputs: ['ids'], outputs: ['z'], attributes: { to: 1 } };
    const add: Node = { op: 'Add', inputs: ['y', 'z'], outputs: ['sum'] };
    const file = write(
      'integers.onnx',
      onnxModel({
        inputs: [float('x', [1, 1, 4, 4]), { name: 'ids', type: 'int64', shape: [1] }],
        outputs: [float('sum', [1, 1, 2, 2])],
        nodes: [POOL, cast, add],
      }),
    );
    const page = await openStudio();
    const instrument = await withModel(page, file);
    await instrument.getByRole('button', { name: 'Run before and after' }).click();
    await instrument.getByText('Integers are 0, since they may be indices: run softpool check --inputs with yours.').waitFor();
    await instrument.locator('[data-output="sum"]').waitFor();
    await leave(page);
  });

  test('may have its weights in other files: it is swapped, and the page says where it can run', async () => {
    const model = fromBinary(ModelProtoSchema, readFileSync('site/network/clothes.onnx'));
    const [weights, ...others] = model.graph?.initializer ?? [];
    if (model.graph === undefined || weights === undefined) throw new Error('the network has no weights');
    const { name, dataType, dims } = weights;
    const externalData = [{ key: 'location', value: 'clothes.onnx_data' }];
    model.graph.initializer = [create(TensorProtoSchema, { name, dataType, dims, dataLocation: 1, externalData }), ...others];
    const file = write('external.onnx', toBinary(ModelProtoSchema, model));
    const page = await openStudio();
    const instrument = await withModel(page, file);
    await instrument.getByText('Its weights are in other files (clothes.onnx_data)').waitFor();
    expect(await instrument.getByRole('button', { name: 'Run before and after' }).isDisabled()).toBe(true);
    const [download] = await Promise.all([page.waitForEvent('download'), instrument.getByRole('button', { name: 'Download' }).click()]);
    expect(Buffer.compare(readFileSync(await download.path()), swapPooling(readFileSync(file)).model)).toBe(0);
    await leave(page);
  });

  test('may be the network above', async () => {
    const page = await openStudio('?swap-from=all');
    const instrument = page.locator('#instrument-model');
    await instrument.getByRole('button', { name: 'Take the network above' }).click();
    await instrument.getByText('clothes.onnx: 3 poolings, 3 of them replaced.').waitFor();
    await instrument.getByRole('radio', { name: 'max', exact: true }).check();
    await instrument.getByText('clothes.onnx: 3 poolings, 2 of them replaced.').waitFor();
    await instrument.getByRole('button', { name: 'Command' }).click();
    await instrument.getByText('softpool swap clothes.onnx -o clothes-soft.onnx --from max --window paper --beta 1').waitFor();
    await leave(page);
  });

  test('is neither run nor downloaded while it is swapped anew', async () => {
    const page = await openStudio();
    const letAnswer = await holdAnswers(page, 'swap', 'swapped');
    const instrument = await withModel(page, 'site/network/clothes.onnx');
    const [run, download] = ['Run before and after', 'Download'].map((name) => instrument.getByRole('button', { name }));
    const areEnabled = () => Promise.all([run?.isEnabled(), download?.isEnabled()]);
    await instrument.getByRole('progressbar', { name: 'Swapping the poolings' }).waitFor();
    expect(await areEnabled()).toEqual([false, false]);
    await letAnswer();
    await expect.poll(areEnabled).toEqual([true, true]);
    await instrument.getByRole('button', { name: '4.44, pictures' }).click();
    await instrument.getByRole('progressbar', { name: 'Swapping the poolings' }).waitFor();
    expect(await areEnabled()).toEqual([false, false]);
    await letAnswer();
    const [saved] = await Promise.all([page.waitForEvent('download'), download?.click()]);
    const expected = swapPooling(readFileSync('site/network/clothes.onnx'), { beta: 4.44 }).model;
    expect(Buffer.compare(readFileSync(await saved.path()), expected)).toBe(0);
    await leave(page);
  });

  test('stays when the network above comes after it', async () => {
    const page = await openStudio();
    let letCome: (() => void) | undefined;
    await page.route('**/clothes*.onnx', async (route) => {
      await new Promise<void>((resolve) => {
        letCome = resolve;
      });
      await route.continue();
    });
    const instrument = page.locator('#instrument-model');
    await instrument.getByRole('button', { name: 'Take the network above' }).click();
    await expect.poll(() => letCome).toBeDefined();
    await instrument.getByLabel('Choose an .onnx').setInputFiles({
      name: 'mine.onnx',
      mimeType: '',
      buffer: readFileSync('site/network/clothes.onnx'),
    });
    await instrument.getByText('mine.onnx: 3 poolings').waitFor();
    const arrived = page.waitForResponse('**/clothes*.onnx');
    letCome?.();
    await (await arrived).finished();
    await instrument.getByRole('button', { name: 'max →' }).click();
    await instrument.getByText('mine.onnx: 3 poolings').waitFor();
    await leave(page);
  });

  test('may have names of axes that objects of JavaScript have too', async () => {
    const nodes = [{ ...POOL, attributes: { kernel_shape: [2, 2], strides: [2, 2] } }];
    const inputs = [float('x', ['constructor', 3, 4, 4])];
    const file = write('names.onnx', onnxModel({ inputs, outputs: [float('y', ['N', 3, 2, 2])], nodes }));
    const page = await openStudio();
    const instrument = await withModel(page, file);
    await instrument.getByRole('button', { name: 'Run before and after' }).click();
    await instrument.getByText('Input: random numbers (x, 1 × 3 × 4 × 4).').waitFor();
    expect(await instrument.getByLabel('constructor').inputValue()).toBe('1');
    await leave(page);
  });

  // One visit for all: a usable model is open before each.
  let unusable: Page;
  beforeAll(async () => {
    makeBadFiles();
    unusable = await openStudio();
  });
  afterAll(() => leave(unusable));

  test.for([
    ['a text file', 'notes.onnx', 'not an ONNX model', 'Choose an .onnx file that is complete'],
    [
      'another kind of file',
      'weights.onnx',
      'it is a zip archive, such as a .pth file of PyTorch',
      'Choose an .onnx file that is complete',
    ],
    ['a model that is cut off', 'cut.onnx', 'or truncated', 'Choose an .onnx file that is complete'],
    ['an empty file', 'empty.onnx', 'The file is empty, or it is a folder', 'Choose another file'],
    ['a model of an old opset', 'old.onnx', 'the ONNX model is for opset 6', 'export the model again'],
    ['a model of an opset to come', 'new.onnx', 'the ONNX model is for opset 99', 'export the model again'],
    ['a model that is too large', 'large.onnx', '251 MB, and this page opens at most 250 MB', 'Use softpool swap'],
    ['a model without pooling', 'add.onnx', 'the model has no pooling', 'Choose another'],
    ['poolings that cannot be replaced', 'indices.onnx', 'none of which is replaced', 'The table says why'],
  ] as const)('says what to do with %s', async ([, name, problem, advice]) => {
    const instrument = await withModel(unusable, 'site/network/clothes.onnx');
    await instrument.locator('.status').first().getByText('clothes.onnx: 3 poolings').waitFor();
    await withModel(unusable, FILES + name);
    const sentence = instrument.locator('.status').first().getByText(problem);
    await sentence.waitFor();
    expect(await sentence.textContent()).toContain(advice);
    expect(await instrument.getByRole('button', { name: 'Run before and after' }).isDisabled()).toBe(true);
  });

  test('says what to do when ONNX Runtime refuses it', async () => {
    const impossible: Node = { op: 'Reshape', inputs: ['y', 'shape'], outputs: ['z'] };
    const shape: Node = { op: 'Cast', inputs: ['x'], outputs: ['shape'], attributes: { to: 7 } };
    const file = write(
      'impossible.onnx',
      onnxModel({ inputs: [float('x', ['N', 1, 'h', 'w'])], outputs: [float('z', ['a'])], nodes: [POOL, shape, impossible] }),
    );
    const page = await openStudio();
    const instrument = await withModel(page, file);
    await instrument.getByRole('button', { name: 'Run before and after' }).click();
    await instrument.getByText('This model cannot run here').waitFor();
    expect(await instrument.locator('.model-run .problem').textContent()).toMatch(/Enter other sizes, or run softpool check/);
    await page.context().close();
  });
});

function makeBadFiles(): void {
  const inputs = [float('x', [1, 1, 4, 4])];
  write('notes.onnx', 'not a model');
  write('weights.onnx', 'PK\x03\x04 and more');
  write('cut.onnx', readFileSync('site/network/clothes.onnx').subarray(0, 9000));
  write('empty.onnx', '');
  truncateSync(write('large.onnx', ''), 251_000_000);
  const pooled = { inputs, outputs: [float('y', [1, 1, 2, 2])], nodes: [POOL] };
  write('old.onnx', onnxModel(pooled, { opset: 6 }));
  write('new.onnx', onnxModel(pooled, { opset: 99 }));
  write('add.onnx', onnxModel({ inputs, outputs: [float('y', [1, 1, 4, 4])], nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }] }));
  const outputs = [float('y', [1, 1, 2, 2]), { name: 'places', type: 'int64', shape: [1, 1, 2, 2] } as const];
  write('indices.onnx', onnxModel({ inputs, outputs, nodes: [{ ...POOL, outputs: ['y', 'places'] }] }));
}
