// The installed packages in Node: imported by a script, and as a command.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { npm } from '../../scripts/npm.mjs';

const project = inject('project');

test('softpool pools, forward and backward, and is measured by its reference', () => {
  expect(
    run(`
      import { softPool2d, softPool2dGrad } from 'softpool';
      import * as reference from 'softpool/reference';
      const x = { data: Float64Array.of(0, Math.log(3)), shape: [1, 1, 2] };
      const dy = { data: Float64Array.of(1), shape: [1, 1, 1] };
      const options = { kernelSize: [1, 2] };
      print([
        Math.abs(softPool2d(x, options).data[0] - 0.75 * Math.log(3)) < 1e-15,
        Math.abs(softPool2dGrad(x, dy, options).data[0] - 0.25) < 1e-15,
        Math.abs(reference.softPool2d(x, options).data[0] - 0.75 * Math.log(3)) < 1e-15,
      ]);
    `),
  ).toEqual([true, true, true]);
});

test('CommonJS requires every entry that needs no other package, without a warning', () => {
  const script = join(project, 'script.cjs');
  writeFileSync(
    script,
    `const { softPool2d } = require('softpool');
     for (const entry of ['softpool/memory', 'softpool/reference', 'softpool/webgpu', 'softpool/threads', 'softpool/relaxed', '@softpool/media', '@softpool/onnx']) require(entry);
     console.log(softPool2d({ data: Float64Array.of(0, Math.log(3)), shape: [1, 1, 2] }, { kernelSize: [1, 2] }).data[0].toFixed(3));`,
  );
  const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  expect([stdout, stderr]).toEqual(['0.824\n', '']);
});

test('worker threads pool, and let the process end without being disposed', () => {
  expect(
    run(`
      import { softPool2d } from 'softpool';
      import { createThreadedSoftPool } from 'softpool/threads';
      const threads = await createThreadedSoftPool({ threads: 2 });
      const x = threads.allocate([1, 8, 256, 256], 'float32');
      x.data.forEach((_, i) => { x.data[i] = i % 7; });
      const onThreads = await threads.softPool2d(x, { kernelSize: 2 });
      const here = softPool2d(x, { kernelSize: 2 });
      print([threads.threads, onThreads.shape, onThreads.data.every((y, i) => y === here.data[i])]);
    `),
  ).toEqual([2, [1, 8, 128, 128], true]);
});

test('softpool/webgpu loads without a GPU, and says what it needs', () => {
  expect(
    run(`
      import { createGpuSoftPool } from 'softpool/webgpu';
      print(await createGpuSoftPool().catch(({ message }) => message));
    `),
  ).toBe('createGpuSoftPool: Node needs the npm package "webgpu" for WebGPU: npm install webgpu');
});

test('softpool/memory pools in a memory of the host', () => {
  expect(
    run(`
      import { createMemorySoftPool } from 'softpool/memory';
      const memory = new WebAssembly.Memory({ initial: 4 });
      let end = 1024;
      const allocate = (bytes) => (end += Math.ceil(bytes / 8) * 8) - Math.ceil(bytes / 8) * 8;
      const prepared = createMemorySoftPool({ memory, allocate, free() {} }).prepare([1, 1, 2], { spatialDims: 1, kernelSize: 2 });
      new Float32Array(memory.buffer, 512, 2).set([0, Math.log(3)]);
      prepared.pool(512, 640);
      print(Math.abs(new Float32Array(memory.buffer, 640, 1)[0] - 0.75 * Math.log(3)) < 1e-6);
    `),
  ).toBe(true);
});

test('@softpool/tfjs pools in TensorFlow.js, and has a gradient there', () => {
  expect(
    run(`
      import * as tf from '@tensorflow/tfjs-core';
      import '@tensorflow/tfjs-backend-cpu';
      import { softPool1d, softPooling1d } from '@softpool/tfjs';
      const x = tf.tensor3d([0, Math.log(3)], [1, 2, 1]);
      const [y] = softPooling1d({ poolSize: 2 }).apply(x).dataSync();
      const [first] = tf.grad((input) => softPool1d(input, 2, 2, 'valid'))(x).dataSync();
      print([Math.abs(y - 0.75 * Math.log(3)) < 1e-6, Math.abs(first - 0.25) < 1e-6]);
    `),
  ).toEqual([true, true]);
});

test('@softpool/onnx replaces the pooling of a model', () => {
  expect(
    run(`
      import { inspectPooling, swapPooling } from '@softpool/onnx';
      const stem =
        'CAg6nAEKUQoBeBIBeRoEcG9vbCIHTWF4UG9vbCoVCgxrZXJuZWxfc2hhcGVAA0ADoAEHKhAKB3N0cmlkZXNAAkACoAEHKhEKBHBh' +
        'ZHNAAUABQAFAAaABBxIFZ3JhcGhaHwoBeBIaChgIARIUCgMSAU4KAxIBQwoDEgFICgMSAVdiHwoBeRIaChgIARIUCgMSAU4KAxIBQwoDEgFICgMSAVdCBAoAEA0=';
      const { model, report } = swapPooling(new Uint8Array(Buffer.from(stem, 'base64')));
      print([report[0].before, report[0].after, inspectPooling(model)[0].kind]);
    `),
  ).toEqual(['max 3×3/2 pad 1', 'soft 2×2/2, ceil', 'soft']);
});

test('@softpool/onnx/tfjs writes a model of TensorFlow.js as ONNX', () => {
  expect(
    run(`
      import '@tensorflow/tfjs-backend-cpu';
      import * as tfl from '@tensorflow/tfjs-layers';
      import { inspectPooling } from '@softpool/onnx';
      import { toOnnx } from '@softpool/onnx/tfjs';
      import { softPooling1d } from '@softpool/tfjs';
      const model = tfl.sequential({ layers: [softPooling1d({ name: 'pool', poolSize: 2, inputShape: [4, 1] })] });
      const [pool] = inspectPooling(await toOnnx(model));
      print([pool.name, pool.kind]);
    `),
  ).toEqual(['pool', 'soft']);
});

test('@softpool/models makes a network, and its weights go into a file and out of it', () => {
  expect(
    run(`
      import '@tensorflow/tfjs-backend-cpu';
      import { countModel, createBackbone, encodeSafetensors, loadWeights, openWeights, saveWeights } from '@softpool/models';
      import { RECIPES } from '@softpool/training/node';
      const model = createBackbone('resnet20', { inputShape: [8, 8, 3], classes: 10 });
      const { tensors } = await openWeights(new Blob([encodeSafetensors(await saveWeights(model))]));
      const { loaded } = await loadWeights(model, tensors);
      print([countModel(model).parameters, loaded.length > 60, RECIPES.includes('paper')]);
    `),
  ).toEqual([272474, true, true]);
});

test('@softpool/media pools raw pixels, and reads and compares image files', () => {
  cpSync('examples/photographs/coffee.png', join(project, 'coffee.png'));
  expect(
    run(`
      import { poolImage } from '@softpool/media';
      import { contactSheet } from '@softpool/media/contact-sheet';
      import { compareMethods, readImage } from '@softpool/media/node';
      import { ssim } from '@softpool/media/ssim';
      const image = await readImage('coffee.png');
      const small = poolImage(image, { factor: 4 });
      const rows = await compareMethods(small, { factor: 2, methods: ['soft'] });
      const sheet = await contactSheet(small, rows, { title: 'coffee' });
      print([image.width, small.width, rows[0].pixels.width, ssim(small, small), [...sheet.subarray(1, 4)]]);
    `),
  ).toEqual([600, 150, 75, 1, [...Buffer.from('PNG')]]);
});

test('@softpool/media pools without sharp, and @softpool/media/node says in one line that it needs it', () => {
  const folder = join(project, 'without-sharp');
  for (const name of ['softpool', '@softpool/media', 'ssim.js']) {
    cpSync(join(project, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
  }
  // The project's own sharp must not be found in the parent folder.
  const script = `
    import { register } from 'node:module';
    const hook = 'export const resolve = (name, context, next) => next(name === "sharp" ? "sharp-is-not-installed" : name, context);';
    register('data:text/javascript,' + encodeURIComponent(hook));
    const { poolImage } = await import('@softpool/media');
    const { METHODS, readImage } = await import('@softpool/media/node');
    const small = poolImage({ data: new Uint8Array(4), width: 2, height: 2, channels: 1 }, { factor: 2 });
    const { message } = await readImage('photo.jpg').catch((error) => error);
    console.log(JSON.stringify([small.width, METHODS.length, message]));
  `;
  writeFileSync(join(folder, 'script.mjs'), script);
  const printed = execFileSync(process.execPath, ['script.mjs'], { cwd: folder, encoding: 'utf8', timeout: 600_000 });
  expect(JSON.parse(printed)).toEqual([1, 9, '@softpool/media/node needs the package sharp: npm install sharp']);
});

test('the softpool command prints its version, and makes an image smaller', () => {
  cpSync('examples/photographs/chelsea.png', join(project, 'chelsea.png'));
  expect(command('--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
  command('image', 'chelsea.png', '-o', 'small.webp', '--factor', '4');
  expect(run("import { readImageSize } from '@softpool/media/node'; print(await readImageSize('small.webp'));")).toMatchObject({
    width: 113,
    height: 75,
  });
});

/** Runs a script in the project and returns what it prints. */
function run(script: string): unknown {
  writeFileSync(join(project, 'script.js'), `const print = (value) => console.log(JSON.stringify(value));\n${script}`);
  return JSON.parse(execFileSync(process.execPath, ['script.js'], { cwd: project, encoding: 'utf8', timeout: 600_000 }));
}

function command(...args: string[]): string {
  return npm(['exec', '--no', '--', 'softpool', ...args], { cwd: project });
}
