// The code to copy does what its instrument shows: the commands are run by a shell, and the
// TypeScript by Node, in a folder with the visitor's file.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { env } from 'node:process';
import { type Node, onnxModel } from '@softpool/testing/onnx-models';
import type { Locator, Page } from 'playwright';
import sharp from 'sharp';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';
import { enter, FILES, numberIn, numbersIn, studioVisits } from './studio-page.ts';

const { openStudio, leave } = studioVisits();
const NETWORK = 'site/network/clothes.onnx';

const PATH = `${resolve(FILES)}/bin${delimiter}${env.PATH}`;
beforeAll(() => {
  const [command] = PATH.split(delimiter).map((folder) => `${folder}/softpool`) as [string];
  execFileSync('mkdir', ['-p', `${FILES}bin`]);
  writeFileSync(command, `#!/bin/sh\nexec node '${resolve('packages/cli/bin/softpool.js')}' "$@"\n`);
  chmodSync(command, 0o755);
});

const newFolder = (): string => mkdtempSync(`${FILES}copied-`);

/** The code that an instrument shows. */
async function codeOf(instrument: Locator, language: 'Command' | 'PyTorch' | 'TypeScript'): Promise<string> {
  await instrument.getByRole('button', { name: language }).click();
  return (await instrument.locator('pre').textContent()) ?? '';
}

function runCommand(command: string, cwd: string): string {
  return execFileSync('sh', ['-ec', command], { cwd, encoding: 'utf8', stdio: 'pipe', env: { ...env, PATH } });
}

function runTypeScript(code: string, cwd: string): string {
  const { outputText } = ts.transpileModule(code, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } });
  writeFileSync(`${cwd}/copied.mjs`, outputText);
  return execFileSync('node', ['copied.mjs'], { cwd, encoding: 'utf8', stdio: 'pipe' });
}

async function downloadFrom(page: Page, instrument: Locator): Promise<Buffer> {
  const [download] = await Promise.all([page.waitForEvent('download'), instrument.getByRole('button', { name: 'Download' }).click()]);
  return readFileSync(await download.path());
}

describe('of a model', () => {
  test('is for model.onnx before one is open', async () => {
    const page = await openStudio('?swap-beta=2&swap-from=all');
    const instrument = page.locator('#instrument-model');
    const folder = newFolder();
    copyFileSync(NETWORK, `${folder}/model.onnx`);
    runCommand(await codeOf(instrument, 'Command'), folder);
    renameSync(`${folder}/model-soft.onnx`, `${folder}/by-command.onnx`);
    runTypeScript(await codeOf(instrument, 'TypeScript'), folder);
    await instrument.getByRole('button', { name: 'Take the network above' }).click();
    const downloaded = await downloadFrom(page, instrument);
    expect(Buffer.compare(readFileSync(`${folder}/by-command.onnx`), downloaded)).toBe(0);
    expect(Buffer.compare(readFileSync(`${folder}/model-soft.onnx`), downloaded)).toBe(0);
    await leave(page);
  });

  const pool: Node = { op: 'MaxPool', inputs: ['x 1'], outputs: ['y'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } };
  const open = onnxModel({
    inputs: [{ name: 'x 1', type: 'float32', shape: ['N', 3, 'height', 'width'] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['N', 3, 'h', 'w'] }],
    nodes: [pool],
  });

  test.each([
    ['A.ONNX', 'A-soft.onnx'],
    ['model (1).onnx', 'model (1)-soft.onnx'],
    [`it's "$(touch hacked)".onnx`, `it's "$(touch hacked)"-soft.onnx`],
    ['-o hacked; touch hacked; # \\.onnx', '-o hacked; touch hacked; # \\-soft.onnx'],
  ])('named %s swaps and checks it with the sizes of the page', async (name, newName) => {
    const page = await openStudio('?swap-beta=0.5');
    const instrument = page.locator('#instrument-model');
    await instrument.getByLabel('Choose an .onnx').setInputFiles({ name, mimeType: '', buffer: Buffer.from(open) });
    await instrument.getByRole('button', { name: 'Run before and after' }).click();
    await enter(instrument.getByLabel('height'), '6');
    await enter(instrument.getByLabel('width'), '4');
    await instrument.getByRole('button', { name: 'Run before and after' }).click();
    await instrument.getByText('1 × 3 × 3 × 2').waitFor();
    const downloaded = await downloadFrom(page, instrument);
    const folder = newFolder();
    writeFileSync(`${folder}/${name}`, open);
    const [swap = '', check = ''] = (await codeOf(instrument, 'Command')).split('\n');
    runCommand(swap, folder);
    const { outputs } = JSON.parse(runCommand(`${check} --json`, folder));
    expect(readdirSync(folder).sort()).toEqual([name, newName].sort());
    expect(Buffer.compare(readFileSync(`${folder}/${newName}`), downloaded)).toBe(0);
    const largest = numberIn(await instrument.locator('[data-largest]').textContent());
    expect(Math.abs(outputs[0].largest - largest)).toBeLessThanOrEqual(largest * 5e-4);
    renameSync(`${folder}/${newName}`, `${folder}/by-command.onnx`);
    runTypeScript(await codeOf(instrument, 'TypeScript'), folder);
    expect(Buffer.compare(readFileSync(`${folder}/${newName}`), downloaded)).toBe(0);
    await leave(page);
  });
});

test('of the network makes the same model by both', async () => {
  const page = await openStudio('?network-beta=2');
  const instrument = page.locator('#instrument-network');
  const folder = newFolder();
  copyFileSync(NETWORK, `${folder}/clothes.onnx`);
  runCommand(await codeOf(instrument, 'Command'), folder);
  renameSync(`${folder}/clothes-soft.onnx`, `${folder}/by-command.onnx`);
  expect(runTypeScript(await codeOf(instrument, 'TypeScript'), folder)).toMatch(/soft.*β 2/);
  expect(Buffer.compare(readFileSync(`${folder}/by-command.onnx`), readFileSync(`${folder}/clothes-soft.onnx`))).toBe(0);
  await leave(page);
});

describe('of a picture', () => {
  const [width, height] = [109, 77];
  const bytes = Uint8Array.from({ length: width * height * 3 }, (_, index) => (index * index * 31 + index * 17 + (index >> 3) * 5) % 256);
  const rgb = async (file: string | Buffer) => [...(await sharp(file).removeAlpha().toColorspace('srgb').raw().toBuffer())];

  test.each([
    ['soft', '?left=original&factor=3&own-beta=2', false],
    ['soft', '?left=soft&factor=16', true],
    ['average', '?left=average&factor=4', true],
    ['max', '?left=max&factor=2', false],
  ])('reduces it as the file to download: %s, %s, linear %s', async (_, query, linear) => {
    const picture = await sharp(bytes, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
    const page = await openStudio(query);
    const instrument = page.locator('#instrument-picture');
    if (linear) await instrument.getByLabel('linear light').check();
    await instrument.getByLabel('Choose a picture').setInputFiles({ name: 'odd.png', mimeType: 'image/png', buffer: picture });
    await instrument.getByText('109 × 77 pixels').waitFor();
    const downloaded = await rgb(await downloadFrom(page, instrument));
    const folder = newFolder();
    writeFileSync(`${folder}/photo.jpg`, picture);
    runCommand(await codeOf(instrument, 'Command'), folder);
    expect(await rgb(`${folder}/small.png`)).toEqual(downloaded);
    rmSync(`${folder}/small.png`);
    runTypeScript(await codeOf(instrument, 'TypeScript'), folder);
    expect(await rgb(`${folder}/small.png`)).toEqual(downloaded);
    await leave(page);
  });
});

test('of windows side by side prints their outputs, and the weights of each', async () => {
  const page = await openStudio('?connections-beta=2&cell=output-3');
  const instrument = page.locator('#instrument-connections');
  const printed = runTypeScript(await codeOf(instrument, 'TypeScript'), newFolder());
  const [outputs = [], ...weights] = Array.from(printed.matchAll(/\[([^\]]+)\]/g), ([, list = '']) => list.split(',').map(Number));
  const cells = instrument.getByRole('grid', { name: 'Output' }).getByRole('gridcell');
  expect(outputs.map((output) => Number(output.toPrecision(3)))).toEqual(await numbersIn(cells));
  expect(weights.map((list) => list.length)).toEqual(Array(9).fill(49));
  await instrument.getByText(`The largest weight is ${Math.max(...(weights[3] ?? [])).toFixed(3)}.`).waitFor();
  await leave(page);
});

test('of a clip pools its frames over time as the page does, whatever they show', async () => {
  const folder = newFolder();
  // Frames of one gray each. By their difference, they are of several scenes.
  const levels = [0, 0, 0, 0, 230, 200, 10, 240, 30, 30, 220, 0];
  const lum = levels.map((level, frame) => `${level}*eq(N,${frame})`).join('+');
  const source = `nullsrc=s=64x48:r=10:d=1.2,format=gray,geq=lum='${lum}'`;
  execFileSync('ffmpeg', [
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    source,
    '-c:v',
    'libvpx-vp9',
    '-lossless',
    '1',
    '-pix_fmt',
    'yuv420p',
    '-f',
    'webm',
    `${folder}/clip.mp4`,
  ]);
  const page = await openStudio('?frames=8&time-beta=2');
  const instrument = page.locator('#instrument-time');
  const buffer = readFileSync(`${folder}/clip.mp4`);
  await instrument.getByLabel('Choose a clip').setInputFiles({ name: 'clip.webm', mimeType: 'video/webm', buffer });
  await instrument.getByText('Your clip: 12 frames').waitFor();
  const shown: number[] = [];
  for (const frame of ['0', '11']) {
    await instrument.locator('input[type="range"]').last().fill(frame);
    await instrument.getByText(`in window ${frame === '0' ? 1 : 2} of 2`).waitFor();
    const level = await instrument.getByRole('img', { name: 'soft', exact: true }).evaluate((canvas) => {
      const context = new OffscreenCanvas(64, 48).getContext('2d') as OffscreenCanvasRenderingContext2D;
      context.drawImage(canvas as HTMLCanvasElement, 0, 0);
      return context.getImageData(32, 24, 1, 1).data[0] as number;
    });
    shown.push(level);
  }
  runCommand(await codeOf(instrument, 'Command'), folder);
  const frames = execFileSync('ffmpeg', ['-v', 'error', '-i', `${folder}/pooled.mp4`, '-f', 'rawvideo', '-pix_fmt', 'gray', '-']);
  expect(frames.length).toBe(shown.length * 64 * 48);
  const printed = runTypeScript(await codeOf(instrument, 'TypeScript'), folder);
  const byTypeScript = [...printed.matchAll(/\[\s*(\d+),/g)].map(([, level]) => Number(level));
  expect(byTypeScript).toHaveLength(shown.length);
  for (const [index, level] of shown.entries()) {
    // Decoders and the encoder round to whole levels.
    expect(Math.abs((frames[(index * 48 + 24) * 64 + 32] as number) - level)).toBeLessThanOrEqual(3);
    expect(Math.abs((byTypeScript[index] as number) - level)).toBeLessThanOrEqual(3);
  }
  await leave(page);
});

test('of a clip is PyTorch too where the clip is gray, since colors share their weights', async () => {
  const page = await openStudio('?frames=16&time-beta=2');
  const instrument = page.locator('#instrument-time');
  expect(await codeOf(instrument, 'PyTorch')).toContain(`x = torch.zeros(1, 1, 48, 72 * 128)  # a row for each frame
print(soft_pool2d(x, (16, 1), beta=2).shape)`);
  await instrument.getByLabel('Choose a clip').setInputFiles('tests/site/files/steps.webm');
  await instrument.getByText('Your clip:').waitFor();
  expect(await instrument.getByRole('button', { name: 'PyTorch' }).count()).toBe(0);
  await leave(page);
});

test('of windows that cannot be is the TypeScript alone, which says what is wrong', async () => {
  const page = await openStudio('?padding=4&kernel=1');
  const instrument = page.locator('#instrument-geometry');
  const problem = await instrument.getByRole('alert').textContent();
  expect(await instrument.getByRole('button', { name: 'PyTorch' }).count()).toBe(0);
  const code = await codeOf(instrument, 'TypeScript');
  let said = '';
  try {
    runTypeScript(code, newFolder());
  } catch (error) {
    said = String((error as { stderr: unknown }).stderr);
  }
  expect(said.replace('softPool1d', 'poolGeometry')).toContain(problem);
  await leave(page);
});

test('is not said to be copied any more when it changes', async () => {
  const page = await openStudio();
  const instrument = page.locator('#instrument-beta');
  await codeOf(instrument, 'Command');
  const said = instrument.locator('.said');
  await expect.poll(() => said.textContent()).not.toBe('');
  await instrument.getByRole('button', { name: 'paper' }).click();
  await expect.poll(() => said.textContent()).toBe('');
  await leave(page);
});
