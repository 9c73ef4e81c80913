import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { filesBelow, type Result, runCli, temporaryFolder } from '../testing/run-cli.ts';
import { passSignal, saveOnSignal } from './interruption.ts';

/** Max pooling 3×3/2. */
const MODEL = Buffer.from(
  'CAg6nAEKUQoBeBIBeRoEcG9vbCIHTWF4UG9vbCoVCgxrZXJuZWxfc2hhcGVAA0ADoAEHKhAKB3N0cmlkZXNAAkACoAEHKhEKBHBhZHNAAUABQAFAAaABBxIFZ3JhcGhaHwoBeBIaChgIARIUCgMSAU4KAxIBQwoDEgFICgMSAVdiHwoBeRIaChgIARIUCgMSAU4KAxIBQwoDEgFICgMSAVdCBAoAEA0=',
  'base64',
);

/** AveragePool(x·eˣ) / AveragePool(eˣ), 2×2/2. */
const COPY = Buffer.from(
  'CAg68gEKCwoBeBIBZSIDRXhwCg4KAXgKAWUSAXAiA011bAo8CgFwEgFuIgtBdmVyYWdlUG9vbCoVCgxrZXJuZWxfc2hhcGVAAkACoAEHKhAKB3N0cmlkZXNAAkACoAEHCjwKAWUSAWQiC0F2ZXJhZ2VQb29sKhUKDGtlcm5lbF9zaGFwZUACQAKgAQcqEAoHc3RyaWRlc0ACQAKgAQcKDgoBbgoBZBIBeSIDRGl2EgVncmFwaFofCgF4EhoKGAgBEhQKAxIBTgoDEgFDCgMSAUgKAxIBV2IfCgF5EhoKGAgBEhQKAxIBTgoDEgFDCgMSAUgKAxIBV0IECgAQEQ==',
  'base64',
);

/** A TensorFlow.js model of one pooling. */
const LAYERS = {
  modelTopology: {
    class_name: 'Model',
    config: {
      name: 'm',
      layers: [
        { class_name: 'InputLayer', name: 'x', config: { name: 'x', batch_input_shape: [null, 8, 8, 1] }, inbound_nodes: [] },
        { class_name: 'MaxPooling2D', name: 'pool', config: { name: 'pool', pool_size: [2, 2] }, inbound_nodes: [[['x', 0, 0, {}]]] },
      ],
      input_layers: [['x', 0, 0]],
      output_layers: [['pool', 0, 0]],
    },
  },
};

async function models(): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'm.onnx'), MODEL);
  await writeFile(join(folder, 'copy.onnx'), COPY);
  await mkdir(join(folder, 'layers'));
  await writeFile(join(folder, 'layers/model.json'), JSON.stringify(LAYERS));
  await mkdir(join(folder, 'hub/onnx'), { recursive: true });
  await writeFile(join(folder, 'hub/config.json'), '{"model_type":"resnet"}');
  await writeFile(join(folder, 'hub/onnx/model.onnx'), MODEL);
  return folder;
}

/**
 * Runs a command whose thread never returns from a call of the file system, and sends the signal
 * once it is there. `call` is a statement that replaces functions; `endless()` never returns.
 */
async function interrupted(folder: string, line: string, signal: NodeJS.Signals, call: string): Promise<Result> {
  const script = join(await temporaryFolder(), 'endless.mjs');
  await writeFile(
    script,
    `import fs from 'node:fs';
     import { syncBuiltinESMExports } from 'node:module';
     import { isMainThread } from 'node:worker_threads';
     const endless = () => { fs.writeSync(2, 'endless\\n'); for (;;); };
     if (!isMainThread) { ${call} syncBuiltinESMExports(); }`,
  );
  return await runCli(folder, line.split(' '), {
    env: { NODE_OPTIONS: `--import ${pathToFileURL(script)}` },
    onStart: (child) => child.stderr.on('data', (text) => String(text).includes('endless') && child.kill(signal)),
  });
}

const STATUS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

test.each([
  ['inspect m.onnx', 'SIGINT'],
  ['swap m.onnx -o s.onnx', 'SIGTERM'],
  ['fold copy.onnx -o s.onnx', 'SIGINT'],
  ['export layers -o s.onnx', 'SIGHUP'],
  ['check m.onnx m.onnx', 'SIGTERM'],
  ['bench m.onnx m.onnx', 'SIGINT'],
  ['eval --model ./m.onnx --data photos', 'SIGTERM'],
] as const)('softpool %s ends by %s in the middle of work that has no end', async (line, signal) => {
  const folder = await models();
  const before = await filesBelow(folder);
  const { status, stdout, stderr } = await interrupted(folder, line, signal, 'fs.promises.stat = endless;');
  expect([status, stdout.toString(), stderr]).toEqual([STATUS[signal], '', 'endless\n']);
  expect(await filesBelow(folder)).toEqual(before);
});

/** Never returns once it has created a temporary file or folder. */
const AFTER_CREATION = ['mkdirSync', 'writeFileSync']
  .map(
    (name) =>
      `const ${name} = fs.${name}; fs.${name} = (path, ...more) => { ${name}(path, ...more); if (/[.]softpool-[^/]*[.]tmp$/.test(path)) endless(); };`,
  )
  .join(' ');

test.each([
  ['swap m.onnx -o s.onnx', 'SIGINT'],
  ['swap layers -o soft', 'SIGTERM'],
  ['swap hub -o soft', 'SIGINT'],
  ['fold copy.onnx -o s.onnx', 'SIGTERM'],
  ['export layers -o s.onnx', 'SIGINT'],
] as const)('softpool %s leaves no unfinished file when %s ends it while it works', async (line, signal) => {
  const folder = await models();
  const before = await filesBelow(folder);
  const { status, stderr } = await interrupted(folder, line, signal, AFTER_CREATION);
  expect([status, stderr]).toEqual([STATUS[signal], 'endless\n']);
  expect(await filesBelow(folder)).toEqual(before);
});

test('a signal that comes again within two seconds is the same, and a later one ends the command at once', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const save = vi.fn();
  onTestFinished(saveOnSignal(save));
  expect(passSignal('SIGINT')).toBe(true);
  vi.advanceTimersByTime(1999);
  expect(passSignal('SIGINT')).toBe(true);
  vi.advanceTimersByTime(1);
  expect(passSignal('SIGINT')).toBe(false);
  expect(save.mock.calls).toEqual([['SIGINT']]);
});
