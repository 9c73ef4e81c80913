// `softpool train` as its users run it: interrupted, with broken data, in existing folders.
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { chmod, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readWeights } from '@softpool/models/node';
import { plain } from '@softpool/testing/pictures';
import { testFirst } from '@softpool/testing/test-first';
import { describe, expect, test } from 'vitest';
import { filesBelow, type Result, type RunOptions, runCli, sharedFolder, temporaryFolder } from '../../testing/run-cli.ts';
import { CTRL_C, runInTerminal } from '../../testing/terminal.ts';

/** Runs `softpool train` with the words of a line as arguments. */
function train(folder: string, line: string, options?: RunOptions): Promise<Result> {
  return runCli(folder, ['train', ...line.split(' ')], options);
}

/** A very short training: 48 pictures of 8×8. */
const TINY = '--model resnet20 --data textured-shapes?samples=48&size=8 --augment none --batch-size 12 --lr 0.05 --seed 3';

/** Sends a signal as soon as the record has a line that the pattern matches. */
function signalAt(record: string, pattern: RegExp, signal: NodeJS.Signals) {
  return (child: ChildProcessWithoutNullStreams): void => {
    const timer = setInterval(async () => {
      if (!pattern.test(await readFile(record, 'utf8').catch(() => ''))) return;
      clearInterval(timer);
      child.kill(signal);
    }, 5);
    child.once('close', () => clearInterval(timer));
  };
}

async function record(run: string): Promise<unknown[]> {
  const lines = (await readFile(join(run, 'record.jsonl'), 'utf8')).trimEnd().split('\n');
  return lines.map((line) => ({ ...JSON.parse(line), time: undefined }));
}

test('killed by kill -9, then stopped by Ctrl-C, a run ends with the bytes of an uninterrupted one', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  const line = `${TINY} --epochs 3 --checkpoint-steps 1 --checkpoint-epochs 2`;
  const whole = await train(folder, `${line} --output whole`);
  expect(whole.status).toBe(0);
  const [first, second, ...progress] = whole.stderr.split('\n');
  // A slow machine also gets lines of progress within an epoch.
  const epoch = progress.find((line) => line.includes('learning rate'));
  expect(first).toBe('resnet20 with soft pooling, 272,409 parameters, input 8×8×3, on wasm (WebAssembly, one thread)');
  expect(second).toMatch(/^training: textured-shapes.*, 48 samples of 9 classes; validation: textured-shapes.*, 12 samples of 9 classes$/);
  expect(epoch).toMatch(
    /^epoch 1\/3, learning rate 0\.05: loss \d\.\d{4}, top-1 [\d.]+ %; validation: loss [\d.]+, top-1 [\d.]+ %, top-5 [\d.]+ %, best so far$/m,
  );

  const out = join(folder, 'stopped');
  const killed = await train(folder, `${line} --output stopped`, { onStart: signalAt(join(out, 'record.jsonl'), /"step":5/, 'SIGKILL') });
  expect(killed.status).toBe(137);
  const stopped = await train(folder, '--resume -o stopped', { onStart: signalAt(join(out, 'record.jsonl'), /"step":8/, 'SIGINT') });
  expect(stopped.status).toBe(130);
  expect(stopped.stderr).toMatch(/\nstopped: stopped after step \d+ and saved.*; resume with softpool train --resume --output stopped\n$/);
  const resumed = await train(folder, '--resume --output stopped --json');
  expect(resumed.status).toBe(0);
  expect(JSON.parse(resumed.stdout.toString())).toMatchObject({ output: 'stopped', status: 'finished', epochs: 3, steps: 12 });

  expect(await filesBelow(out)).toEqual(await filesBelow(join(folder, 'whole')));
  for (const name of ['final.safetensors', 'best.safetensors', 'checkpoint.safetensors']) {
    expect((await readFile(join(out, name))).equals(await readFile(join(folder, 'whole', name)))).toBe(true);
  }
  expect(await record(out)).toEqual(await record(join(folder, 'whole')));

  const again = await train(folder, `${line} --output whole`);
  expect([again.status, again.problems]).toEqual([
    1,
    ['softpool: whole already has a run (config.json); use --resume to continue it, or --force to replace it'],
  ]);
  const other = await train(folder, '--resume --output whole --learning-rate 0.1 --pool max --epochs 2');
  expect([other.status, other.problems]).toEqual([
    2,
    [
      'softpool: whole cannot be resumed with other settings: --pool was soft and is now max; --epochs was 3 and is now 2; --learning-rate was 0.05 and is now 0.1',
    ],
  ]);
  expect(await record(join(folder, 'whole'))).toEqual(await record(out));
});

test('a network is trained further for other classes, with all but its last layer frozen', { tags: 'long' }, async () => {
  const folder = await trainFirst(await temporaryFolder());
  const flags = '--model small2d --data data --input-size 8x8 --epochs 4 --batch-size 8 --weights first --except fc --freeze all';
  const more = '--optimizer adamw --warmup-epochs 1 --clip-grad-norm 1 --color-jitter 0.2 --limit 16 --test-limit 2 --checkpoint-epochs 2';
  const { status, stderr } = await train(folder, `${flags} ${more} --output second`);
  expect([status, stderr.split('\n')[1]]).toEqual([
    0,
    'training: data, for training, 16 samples of 2 classes; validation: data, for validation, 2 samples of 2 classes',
  ]);
  expect(await filesBelow(join(folder, 'second'))).toEqual(expect.arrayContaining(['epoch-2.safetensors', 'epoch-4.safetensors']));
  const { settings } = JSON.parse(await readFile(join(folder, 'second/config.json'), 'utf8'));
  expect(settings).toMatchObject({
    ...{ optimizer: 'adamw', learningRate: 0.001, weightDecay: 0.01, warmupEpochs: 1, clipGradNorm: 1, colorJitter: 0.2 },
    ...{ except: ['fc'], freeze: ['all'], limit: 16, testLimit: 2 },
    // The weight decay and the learning rate are those of the optimizer, and momentum is not used.
    ...{ model: 'small2d', data: ['data'], weights: 'first', flip: true, schedule: 'step', backend: 'wasm' },
    ...{ mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
  });
  const weightsOf = async (path: string) => (await readWeights(join(folder, path))).tensors;
  const [before, after] = [await weightsOf('first/best.safetensors'), await weightsOf('second/epoch-4.safetensors')];
  const changed = [];
  for (const [name, tensor] of before) {
    if (String(await tensor.read()) !== String(await after.get(name)?.read())) changed.push(name);
  }
  expect(changed.sort()).toEqual(['fc.bias', 'fc.weight']);
});

/** Weights of a network for other classes, in the folder first, and data to train them further. */
async function trainFirst(folder: string): Promise<string> {
  const first = '--model small2d --data textured-shapes?samples=48&size=8 --augment none --batch-size 12 --epochs 1 --output first --quiet';
  expect((await train(folder, first)).status).toBe(0);
  for (let i = 0; i < 12; i++) {
    await plain(folder, `data/blue/${i}.png`, 8, 8, [0, 0, 20 * i]);
    await plain(folder, `data/red/${i}.png`, 8, 8, [20 * i, 0, 0]);
  }
  return folder;
}

const withTrainedFirst = sharedFolder(trainFirst);

testFirst<readonly [string, string]>(0, [
  ['--except head', "--except must be names in the model or the file, received 'head'"],
  ['--except fc --freeze layer1', "--freeze must be names of modules in the model, received 'layer1'"],
  ['--except fc --mean 0.5', '--mean and --std go together: give both'],
  ['--except fc --mean 0.5 0.5 --std 0.5', '--mean must be one number, or one for each of the 3 channels, received 2'],
])('further training with %s is refused', async (words, message) => {
  const folder = await withTrainedFirst();
  const { status, problems } = await train(folder, `--model small2d --data data --weights first ${words} --output third`);
  expect([status, problems]).toEqual([2, [`softpool: ${message}`]]);
});

test('a run resumes without the file of its initial weights, and a run does not replace those that it starts with', async () => {
  const folder = await temporaryFolder();
  await cp(join(await withTrainedFirst(), 'first'), join(folder, 'first'), { recursive: true });
  await cp(join(folder, 'first/final.safetensors'), join(folder, 'weights.safetensors'));
  const line = '--model small2d --data textured-shapes?samples=48&size=8 --augment none --batch-size 12 --epochs 1 --quiet';
  expect((await train(folder, `${line} --weights weights.safetensors -o run`)).status).toBe(0);
  const trained = await readFile(join(folder, 'run/final.safetensors'));
  await rm(join(folder, 'weights.safetensors'));
  await rm(join(folder, 'run/final.safetensors'));
  const resumed = await train(folder, '--resume --quiet -o run');
  expect([resumed.status, resumed.stderr]).toEqual([0, '']);
  expect((await readFile(join(folder, 'run/final.safetensors'))).equals(trained)).toBe(true);

  await symlink('first', join(folder, 'link'));
  const before = await filesBelow(join(folder, 'first'));
  for (const weights of ['first', 'link/final.safetensors']) {
    const { status, problems } = await train(folder, `${line} --weights ${weights} -o first --force`);
    const message = `softpool: --weights ${weights} lies in --output, whose run --force replaces; choose another --output`;
    expect([status, problems]).toEqual([2, [message]]);
  }
  expect(await filesBelow(join(folder, 'first'))).toEqual(before);
});

testFirst(
  0,
  [
    ['small2d --mean 0.1 0.2 0.3 --std 0.4', [0.1, 0.2, 0.3], [0.4, 0.4, 0.4]],
    ['googlenet --input-size 32x32', [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]],
  ],
  1,
)('the normalization is that which is given, or the own one of the network: --model %s', async (model, mean, std) => {
  const folder = await temporaryFolder();
  const line = '--data textured-shapes?samples=18&size=8 --augment none --batch-size 9 --epochs 1 --quiet';
  expect((await train(folder, `--model ${model} ${line} -o run`)).status).toBe(0);
  const { settings } = JSON.parse(await readFile(join(folder, 'run/config.json'), 'utf8'));
  expect(settings).toMatchObject({ mean, std });
  expect((await train(folder, '--resume -o run')).status).toBe(0);
});

test('a terminal shows a bar below the lines of epochs, and all lines after Ctrl-C', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  const line = `train ${TINY.replace('&', String.raw`\&`)} --epochs 1000 --output run`;
  const keys = { waitFor: 'epoch 3/1000', type: CTRL_C };
  const { status, screen, sent, cursor } = await runInTerminal(folder, line, { keys, columns: 60 });
  expect(status).toBe(130);
  expect(sent).toMatch(/█+░* epoch 1\/1000, step \d\/4: loss/);
  const [network, data, ...epochs] = screen;
  expect([network, data]).toEqual([expect.stringContaining('parameters, input'), expect.stringMatching(/^training: .*; validation: /)]);
  const last = epochs.pop();
  expect(last).toMatch(/^run: stopped after step \d+ and saved; best epoch \d+, .*--output run$/);
  // Each epoch is there, whole, and nothing else.
  for (const [i, text] of epochs.entries()) expect(text).toMatch(new RegExp(`^epoch ${i + 1}/1000, .* top-5 [\\d.]+ %(, best so far)?$`));
  expect(epochs.length).toBeGreaterThanOrEqual(2);
  expect(cursor).toEqual([screen.length, 0]);
});

test('Ctrl-C within a step that does not end stops the run, which continues from its checkpoint', async () => {
  const folder = await temporaryFolder();
  // The thread of the training never returns from the third step.
  await writeFile(
    join(folder, 'endless.mjs'),
    `import fs from 'node:fs';
     import { syncBuiltinESMExports } from 'node:module';
     const { writeSync } = fs;
     fs.writeSync = (file, bytes, ...more) => {
       if (!String(bytes).startsWith('{"type":"step","epoch":1,"step":3')) return writeSync(file, bytes, ...more);
       writeSync(2, 'endless\\n');
       for (;;);
     };
     syncBuiltinESMExports();`,
  );
  const stopped = await train(folder, `${TINY} --epochs 1 --checkpoint-steps 1 --checkpoint-epochs 1 --output run`, {
    env: { NODE_OPTIONS: `--import ${pathToFileURL(join(folder, 'endless.mjs'))}` },
    onStart: (child) => child.stderr.on('data', (text) => String(text).includes('endless') && child.kill('SIGINT')),
  });
  expect([stopped.status, stopped.stderr.split('\n').at(-2)]).toEqual([
    130,
    'run: stopped within a step; continue from the last checkpoint with softpool train --resume --output run',
  ]);
  expect((await filesBelow(join(folder, 'run'))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  const resumed = await train(folder, '--resume --output run --json');
  expect([resumed.status, JSON.parse(resumed.stdout.toString())]).toEqual([0, expect.objectContaining({ status: 'finished', steps: 4 })]);
  const lines = (await record(join(folder, 'run'))) as { readonly step: number }[];
  expect(lines.map(({ step }) => step)).toEqual([1, 2, 3, 4, 4]);
  expect(await filesBelow(join(folder, 'run'))).toContain('epoch-1.safetensors');
});

describe('broken data ends in a message', () => {
  /** Two classes of pictures. */
  async function pictures(): Promise<string> {
    const folder = await temporaryFolder();
    for (let i = 0; i < 8; i++) {
      await plain(folder, `data/blue/${i}.png`, 8, 8, [0, 0, 8 * i]);
      await plain(folder, `data/red/${i}.png`, 8, 8, [8 * i, 0, 0]);
    }
    return folder;
  }
  const line = '--model resnet20 --data data --epochs 1 --output run';

  testFirst<[string, (folder: string) => Promise<unknown>, RegExp]>(1, [
    ['an empty class', (data) => mkdir(join(data, 'green')), /^softpool: data\/green: the class has no images \(the folder is empty\)/],
    ['an unreadable folder', (data) => chmod(join(data, 'red'), 0), /^softpool: data\/red: permission denied$/],
    [
      'too many corrupt files',
      (data) => Promise.all([0, 1, 2, 3].map((i) => writeFile(join(data, `blue/${i}.png`), 'Dear reader'))),
      /^softpool: data, for training: \d of 14 samples are corrupt so far, more than the limit of 1; first: data\/blue\/\d\.png/,
    ],
  ])('%s', async (_, damage, message) => {
    const folder = await pictures();
    await damage(join(folder, 'data'));
    const run = await train(folder, line, { unprivileged: true });
    expect(run.status).toBe(1);
    expect(run.problems.at(-1)).toMatch(message);
    expect(run.stderr).not.toContain('    at ');
    await chmod(join(folder, 'data/red'), 0o755).catch(() => {});
  });

  test('clips without ffmpeg, and the command ends at once', async () => {
    const folder = await temporaryFolder();
    for (const name of ['left', 'right']) {
      await mkdir(join(folder, 'clips', name), { recursive: true });
      await writeFile(join(folder, 'clips', name, '1.mp4'), '');
    }
    // A timer of 120 s that nobody waits for would keep it running for longer than a test may take.
    const { status, problems } = await train(folder, '--model small3d --data clips -o run', { env: { PATH: '/nonexistent' } });
    expect([status, problems]).toEqual([
      1,
      [expect.stringMatching(/^softpool: ffmpeg was not found; videos need ffmpeg and ffprobe\. Install them /)],
    ]);
  });

  test('one corrupt file is named and skipped', async () => {
    const folder = await pictures();
    await writeFile(join(folder, 'data/red/3.png'), 'Dear reader');
    const run = await train(folder, `${line} --max-corrupt 1`);
    expect(run.status).toBe(0);
    expect(run.problems).toEqual([expect.stringMatching(/^softpool: skipped: data\/red\/3\.png/)]);
  });
});

describe('class folders', () => {
  test('give the size of the input, although the first picture is corrupt', async () => {
    const folder = await temporaryFolder();
    for (const name of ['blue', 'red']) for (let i = 0; i < 3; i++) await plain(folder, `data/${name}/${i}.png`, 12, 8, [8 * i, 0, 0]);
    // Of three pictures of a class one is for validation, so the first for training is corrupt.
    const line = '--model small2d --data data --output run --dry-run --json';
    await writeFile(join(folder, 'data/blue/0.png'), 'Dear reader');
    await writeFile(join(folder, 'data/blue/1.png'), '');
    const plan = await train(folder, line);
    expect(JSON.parse(plan.stdout.toString())).toMatchObject({ inputShape: [8, 12, 3] });
  });

  test('hold no run, whose folder would be a class and its charts pictures', async () => {
    const folder = await temporaryFolder();
    for (const path of ['data/blue', 'data/red', 'split/train/blue', 'split/train/red', 'split/val/blue', 'split/val/red']) {
      for (const i of [0, 1]) await plain(folder, `${path}/${i}.png`, 8, 8, [8 * i, 0, 0]);
    }
    await symlink('data', join(folder, 'link'));
    const plan = (data: string, output: string) => train(folder, `--model small2d --data ${data} --output ${output} --dry-run --quiet`);
    for (const [data, output, classes] of [
      ['data', 'data/run', 'data'],
      ['data', 'link/red', 'data'],
      ['link/', 'data/red/run', 'link'],
      ['split', 'split/train/run', 'split/train'],
      ['split', 'split/val/red', 'split/val'],
    ] as const) {
      const refused = await plan(data, output);
      const message = `softpool: --output ${output} lies among the class folders of the data, ${classes}; choose a folder elsewhere`;
      expect([refused.status, refused.problems]).toEqual([2, [message]]);
    }
    for (const [data, output] of [
      ['data', 'data'],
      ['data', 'data-run'],
      ['split', 'split/run'],
    ] as const) {
      expect((await plan(data, output)).status).toBe(0);
    }
  });
});

describe('invalid arguments', () => {
  const hint = '\n(see softpool train --help)\n';
  testFirst(2, [
    [
      '--quiet',
      'softpool: missing folder of the run: give --output runs/name; network: give --model resnet20; softpool models lists all; data: give --data folder',
    ],
    ['--model resnet20 --data x', 'softpool: missing folder of the run: give --output runs/name'],
    ['--data x --output run', 'softpool: missing network: give --model resnet20; softpool models lists all'],
    ['--model resnet20 --output run', 'softpool: missing data: give --data folder'],
    [
      '--input-size 8x8x8x8 --output run',
      "softpool: option '--input-size <size>' argument '8x8x8x8' is invalid. It must be height x width in pixels, such as 224x224, or frames x height x width, such as 16x112x112.",
    ],
  ])('%s', async (line, message) => {
    const folder = await temporaryFolder();
    const run = await train(folder, line);
    expect([run.status, run.stderr]).toEqual([2, `${message}${hint}`]);
    expect(await filesBelow(folder)).toEqual([]);
  });

  test('an unknown network, a missing run, and pictures for a network for clips', async () => {
    const folder = await temporaryFolder();
    const unknown = await train(folder, '--model resnet19 --data textured-shapes --output run');
    expect([unknown.status, unknown.problems.join()]).toEqual([
      2,
      expect.stringMatching(/^softpool: unknown network resnet19; known are resnet18, /),
    ]);
    const none = await train(folder, '--resume --output run');
    expect([none.status, none.problems]).toEqual([1, ['softpool: run has no run: config.json is missing']]);
    const clips = await train(folder, '--model small3d --data textured-shapes --output run');
    expect([clips.status, clips.problems.join()]).toEqual([
      1,
      expect.stringMatching(/^softpool: small3d is a network for clips, but textured-shapes.* has pictures$/),
    ]);
  });
});

describe('--dry-run', () => {
  test('prints network, data, length and folder, and writes nothing', async () => {
    const folder = await temporaryFolder();
    const text = await train(folder, `${TINY} --epochs 3 --output run --dry-run`);
    expect([text.status, text.stderr]).toEqual([0, '']);
    expect(text.stdout.toString()).toMatch(
      /^resnet20 with soft pooling, 272,409 parameters, input 8×8×3, on wasm .*\ntraining: .* 48 samples of 9 classes; validation: .* 12 samples of 9 classes\n3 epochs of 4 steps → run \(dry run: nothing was written\)\n$/,
    );
    const quiet = await train(folder, `${TINY} --epochs 3 --output run --dry-run --quiet`);
    expect([quiet.status, quiet.stdout.toString(), quiet.stderr]).toEqual([0, '', '']);
    const unused = await train(folder, `${TINY} --pool max --beta 2 --output run --dry-run`);
    expect([unused.status, unused.problems]).toEqual([2, ['softpool: --beta is for --pool soft']]);
    const flip = await train(folder, `${TINY} --no-flip --output run --dry-run`);
    expect([flip.status, flip.problems]).toEqual([2, ['softpool: --no-flip is for --augment other than none']]);
    const warmup = await train(folder, `${TINY} --epochs 3 --warmup-epochs 3 --output run --dry-run`);
    expect([warmup.status, warmup.problems]).toEqual([2, ['softpool: --warmup-epochs must be below --epochs, 3, received 3']]);
    const large = await train(folder, `${TINY} --input-size 100000x100000 --output run --dry-run`);
    const memory = 'one input takes 120 GB, more than the 4 GiB that a backend can have';
    expect([large.status, large.problems]).toEqual([2, [`softpool: --input-size 100000x100000 is too large: ${memory}`]]);
    const one = await train(folder, `${TINY} --epochs 1 --limit 9 --test-limit 1 --output run --dry-run`);
    expect(one.stdout.toString()).toMatch(/ 9 samples of 9 classes; .*, 1 sample of 9 classes\n1 epoch of 1 step → run /);
    const json = await train(folder, `${TINY} --epochs 3 --output run --dry-run --json`);
    expect(JSON.parse(json.stdout.toString())).toMatchObject({
      dryRun: true,
      output: 'run',
      model: 'resnet20',
      parameters: 272_409,
      inputShape: [8, 8, 3],
      trainingData: { samples: 48 },
      validationData: { samples: 12 },
      epochs: 3,
      stepsPerEpoch: 4,
    });
    expect(await filesBelow(folder)).toEqual([]);
  });

  test('fails as the training would', { tags: 'long' }, async () => {
    const folder = await temporaryFolder();
    expect((await train(folder, `${TINY} --augment cifar --epochs 1 --no-flip --output run --quiet`)).status).toBe(0);
    const before = await filesBelow(folder);
    const again = await train(folder, `${TINY} --epochs 1 --output run --dry-run`);
    expect([again.status, again.problems]).toEqual([1, [expect.stringContaining('run already has a run')]]);
    const other = await train(folder, '--resume --output run --flip --dry-run');
    expect([other.status, other.problems]).toEqual([2, [expect.stringContaining('--flip was false and is now true')]]);
    expect((await train(folder, '--resume --output run --dry-run')).status).toBe(0);
    expect(await filesBelow(folder)).toEqual(before);
  });
});

test('a run in a folder where none can be created is an error and not an endless loop', { tags: 'long' }, async () => {
  const { status, problems } = await train(await temporaryFolder(), `${TINY} --output /proc/runs/first`);
  expect([status, problems]).toEqual([
    1,
    [expect.stringMatching(/^softpool: cannot write \/proc\/runs\/first: the (folder|file system) /)],
  ]);
});
