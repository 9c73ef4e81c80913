// `softpool eval` as its users run it: with a run, with a file, in shards.
import { cp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { look, plain } from '@softpool/testing/pictures';
import { expect, test } from 'vitest';
import { filesBelow, type Result, runCli, temporaryFolder } from '../../testing/run-cli.ts';

function softpool(folder: string, line: string): Promise<Result> {
  return runCli(folder, line.split(' '));
}

const TRAIN =
  'train --model resnet20 --data textured-shapes?samples=80&size=8 --augment none --batch-size 16 --epochs 1 --seed 3 --output run';

test('a run is evaluated as in training, and merged shards equal the whole exactly', async () => {
  const folder = await temporaryFolder();
  expect((await softpool(folder, TRAIN)).status).toBe(0);
  const whole = await softpool(folder, 'eval --weights run -o whole.json --confusion confusion.png --batch-size 4');
  expect(whole.status).toBe(0);
  expect(whole.stderr).toMatch(/^resnet20 with soft pooling, run\/best\.safetensors, on ONNX Runtime .*, 20 samples of 9 classes\n$/);
  expect(whole.stdout.toString()).toMatch(
    /^samples {3}20\ntop-1 {5}[\d.]+ %\ntop-5 {5}[\d.]+ %\nloss {6}[\d.]+\nruntime {3}ONNX Runtime \(cpu\)\nspeed .*\n[\s\S]*striped disk/,
  );
  expect((await look(join(folder, 'confusion.png'))).width).toBeGreaterThan(400);

  const lines = (await readFile(join(folder, 'run/record.jsonl'), 'utf8')).trimEnd().split('\n');
  const { validation } = JSON.parse(lines.at(-1) as string);
  const result = JSON.parse(await readFile(join(folder, 'whole.json'), 'utf8'));
  expect(result.top1).toBe(validation.top1);
  expect(result.loss).toBeCloseTo(validation.loss, 5); // in batches of another size

  const tfjs = await softpool(folder, 'eval --weights run --batch-size 4 --runtime tfjs --json');
  const { backend, weights } = JSON.parse(tfjs.stdout.toString()).subject;
  expect([backend, weights]).toEqual(['wasm', result.subject.weights]);
  const figures = ({ loss, top1, top5, confusion }: { loss: number; top1: number; top5: number; confusion: unknown }) => {
    return { loss: loss.toFixed(4), top1, top5, confusion };
  };
  expect(figures(JSON.parse(tfjs.stdout.toString()))).toEqual(figures(result));

  for (const shard of [1, 2]) await softpool(folder, `eval --weights run --batch-size 4 --shard ${shard}/2 -o ${shard}.json`);
  const merged = await softpool(folder, 'eval merge 2.json 1.json -o merged.json --json');
  expect(merged.status).toBe(0);
  const { time: _, ...same } = JSON.parse(merged.stdout.toString());
  const { time: __, ...expected } = result;
  expect(same).toEqual(expected);

  const files = await filesBelow(folder);
  const planned = await softpool(folder, 'eval --weights run -o planned.json --dry-run');
  expect([planned.status, planned.stderr]).toEqual([0, '']);
  expect(planned.stdout.toString()).toMatch(
    /^resnet20 with soft pooling, .* 20 samples of 9 classes\n→ planned\.json \(dry run: nothing was written\)\n$/,
  );
  const silent = await softpool(folder, 'eval --weights run -o planned.json --dry-run --quiet');
  expect([silent.status, silent.stdout.toString(), silent.stderr]).toEqual([0, '', '']);
  const plan = await softpool(folder, 'eval merge 2.json 1.json -o planned.json --dry-run --json');
  expect(JSON.parse(plan.stdout.toString())).toEqual({
    dryRun: true,
    shards: ['2.json', '1.json'],
    samples: 20,
    classes: 9,
    outputs: ['planned.json'],
  });
  const inTheWay = await softpool(folder, 'eval --weights run -o whole.json --dry-run');
  expect([inTheWay.status, inTheWay.problems]).toEqual([1, ['softpool: whole.json already exists; use --force to replace it']]);
  const quiet = await softpool(folder, 'eval merge 2.json 1.json --quiet');
  expect([quiet.status, quiet.stdout.length, quiet.stderr]).toEqual([0, 0, '']);
  expect(await filesBelow(folder)).toEqual(files);

  // An input is not replaced, whatever name leads to it.
  await symlink('2.json', join(folder, 'link.json'));
  for (const [line, output] of [
    ['eval merge 2.json 1.json -o link.json --force', 'link.json'],
    ['eval --weights run -o run/config.json --force', 'run/config.json'],
    ['eval --weights run -o run/config.json --force --dry-run', 'run/config.json'],
  ] as const) {
    const run = await softpool(folder, line);
    expect([run.status, run.problems], line).toEqual([2, [`softpool: ${output} is an input; choose another file to write`]]);
  }
  const again = await softpool(folder, 'eval merge 2.json 1.json --quiet');
  expect(again.status).toBe(0);

  // A file where a folder is needed: nothing can be written there.
  const lost = await softpool(folder, 'eval merge 2.json 1.json -o 1.json/lost.json');
  expect([lost.status, lost.problems]).toEqual([1, [expect.stringMatching(/^softpool: cannot write 1\.json\/lost\.json: /)]]);
  expect(lost.stdout.toString()).toMatch(/^samples {3}20\ntop-1 {5}[\d.]+ %\n/);

  const incomplete = await softpool(folder, 'eval merge 2.json');
  expect([incomplete.status, incomplete.problems]).toEqual([1, ['softpool: missing shard 1 of 2']]);
});

test('weights in a file give the same predictions, whatever the classes are called', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  expect((await softpool(folder, TRAIN)).status).toBe(0);
  expect((await softpool(folder, 'eval --weights run -o whole.json --batch-size 4 --quiet')).status).toBe(0);
  const result = JSON.parse(await readFile(join(folder, 'whole.json'), 'utf8'));

  // The same weights as a file, with a given network and rotated class names.
  const names: string[] = result.perClass.map(({ name }: { name: string }) => name);
  await writeFile(join(folder, 'classes.txt'), `${[...names.slice(1), names[0]].join('\n')}\n`);
  const file = await softpool(
    folder,
    'eval --model resnet20 --weights run/final.safetensors --data textured-shapes?samples=80&size=8 --seed 3 --augment none --classes classes.txt --json',
  );
  const turned = JSON.parse(file.stdout.toString());
  expect(turned.perClass.map(({ name }: { name: string }) => name)).toEqual([...names.slice(1), names[0]]);
  await writeFile(join(folder, 'mark.txt'), `\uFEFF${names.join('\r\n')}\r\n`);
  const marked = await softpool(folder, 'eval --weights run --classes mark.txt --batch-size 4 --json');
  expect(JSON.parse(marked.stdout.toString()).perClass).toEqual(result.perClass);
  await writeFile(join(folder, 'twice.txt'), `${names.join('\n')}\n${names[4]}\n`);
  const twice = await softpool(folder, 'eval --weights run --classes twice.txt');
  expect([twice.status, twice.problems]).toEqual([1, [`softpool: twice.txt has the class ${names[4]} twice`]]);
  await writeFile(join(folder, 'text.txt'), 'Dear reader,\n');
  const text = await softpool(folder, 'eval --weights run --classes text.txt');
  const wrong = /^softpool: text\.txt lacks class striped disk of textured-shapes \(seed \S+\); it has 1 class, such as Dear reader,$/;
  expect([text.status, text.problems]).toEqual([1, [expect.stringMatching(wrong)]]);
  const limited = await softpool(folder, 'eval --weights run --limit 9 --json');
  expect(JSON.parse(limited.stdout.toString()).samples).toBe(9);
  // Fewer than the 9 classes, and all 20.
  const predictedBy = 'eval --model resnet20 --weights run/final.safetensors --data textured-shapes?samples=80&size=8';
  for (const [flags, message] of [
    ['--pool max --beta 2', '--beta is for --pool soft'],
    ['--split all --validation-share 0.5', '--validation-share is not for --split all'],
    ['--gradient exact', "unknown option '--gradient'"],
  ]) {
    const unused = await softpool(folder, `${predictedBy} ${flags}`);
    expect([unused.status, unused.problems]).toEqual([2, [`softpool: ${message}`]]);
  }
  for (const [limit, samples] of [
    [3, 3],
    [0, 20],
  ]) {
    const plan = await softpool(folder, `eval --weights run --limit ${limit} --dry-run --json`);
    expect(JSON.parse(plan.stdout.toString())).toMatchObject({
      weightsFile: expect.stringMatching(/^run.best\.safetensors$/),
      data: { samples },
    });
  }
  const predicted = (evaluation: { perClass: { predicted: number }[] }) => evaluation.perClass.map((one) => one.predicted);
  // Predictions depend on the network's outputs, not on class names.
  expect(predicted(turned)).toEqual(predicted(result));

  // The same file, written by torch.compile's names.
  await writeFile(join(folder, 'compiled.safetensors'), withPrefix(await readFile(join(folder, 'run/final.safetensors')), '_orig_mod.'));
  const compiled =
    'eval --model resnet20 --weights compiled.safetensors --data textured-shapes?samples=80&size=8 --seed 3 --augment none --json';
  const refused = await softpool(folder, compiled);
  const hint = 'its names have a prefix in the file; use --weights-prefix _orig_mod.';
  expect([refused.status, refused.problems]).toEqual([1, [`softpool: compiled.safetensors: the weights do not fit this model: ${hint}`]]);
  const loaded = await softpool(folder, `${compiled} --weights-prefix _orig_mod.`);
  expect(predicted(JSON.parse(loaded.stdout.toString()))).toEqual(predicted(result));
});

test('weights that are not finite are refused by name, and modules left untrained are named', async () => {
  const folder = await temporaryFolder();
  const data = '--data textured-shapes?samples=36&size=8 --augment none';
  const network = `--model small2d ${data} --batch-size 9`;
  expect((await softpool(folder, `train ${network} --epochs 1 -o run --quiet`)).status).toBe(0);
  const evaluated = await softpool(folder, `eval --model small2d --weights run/final.safetensors ${data} --except fc.bias relu --quiet`);
  expect([evaluated.status, evaluated.problems]).toEqual([
    2,
    ["softpool: --except must be names in the model or the file, received 'relu'"],
  ]);
  const untrained = await softpool(folder, `eval --model small2d --weights run/final.safetensors ${data} --except fc.bias --quiet`);
  const warning = 'softpool: --except leaves untrained weights in the network, which affect all results: fc.bias';
  expect([untrained.status, untrained.stderr]).toEqual([0, `${warning}\n`]);

  // The last value of the bias of the last layer.
  const file = await readFile(join(folder, 'run/final.safetensors'));
  const header = 8 + Number(file.readBigUInt64LE());
  const [, end] = JSON.parse(file.toString('utf8', 8, header))['fc.bias'].data_offsets;
  file.writeFloatLE(Number.NaN, header + end - 4);
  await writeFile(join(folder, 'nan.safetensors'), file);
  const message = 'softpool: nan.safetensors: the weights are not finite: fc.bias contains NaN';
  for (const line of [
    `eval --model small2d --weights nan.safetensors ${data}`,
    'export --model small2d --weights nan.safetensors --classes 9 --input-size 8 -o nan.onnx',
    `train ${network} --weights nan.safetensors -o second`,
  ]) {
    const { status, problems } = await softpool(folder, line);
    expect([status, problems], line).toEqual([1, [message]]);
  }
  expect((await filesBelow(folder)).filter((name) => name === 'nan.onnx' || name.startsWith('second'))).toEqual([]);
});

test('data that has changed since a run, and is split anew, is warned of', async () => {
  const folder = await temporaryFolder();
  for (const name of ['blue', 'red']) for (let i = 0; i < 4; i++) await plain(folder, `data/${name}/${i}.png`, 8, 8, [8 * i, 0, 0]);
  await cp(join(folder, 'data'), join(folder, 'split/train'), { recursive: true });
  await cp(join(folder, 'data'), join(folder, 'split/val'), { recursive: true });
  for (const data of ['data', 'split']) {
    const run = await softpool(
      folder,
      `train --model small2d --data ${data} --epochs 1 --limit 5 --test-limit 1 --output ${data}-run --quiet`,
    );
    expect(run.status).toBe(0);
  }
  const problems = async (line: string) => (await softpool(folder, `eval --dry-run --quiet --weights ${line}`)).problems;
  expect(await problems('data-run')).toEqual([]);
  // 3 of each class were for training, and 5 of these 6; now 1 of the 2 blue ones is.
  for (const path of ['data', 'split/train']) for (const i of [2, 3]) await rm(join(folder, `${path}/blue/${i}.png`));
  const counts = '5 training samples then, 4 now';
  const warning = `softpool: the data has changed since training (${counts}) and is split anew: it may be evaluated on samples of the training`;
  expect(await problems('data-run')).toEqual([warning]);
  expect(await problems('data-run --split training')).toEqual([]);
  expect(await problems('split-run')).toEqual([]);
});

test('mistakes end in a message', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'notes.json'), '{}');
  const hint = '(see softpool eval --help)';
  const cases: [string, number, string][] = [
    ['eval', 2, `softpool: missing weights: give --weights runs/name, or a file; or --model with an ONNX file\n${hint}\n`],
    ['eval --weights none', 1, 'softpool: none: no such file or folder\n'],
    [
      'eval --weights notes.json',
      2,
      `softpool: missing network of the weights: give --model resnet50; softpool models lists all; data: give --data folder\n${hint}\n`,
    ],
    [
      'eval --weights notes.json --shard 3/2',
      2,
      `softpool: option '--shard <I/N>' argument '3/2' is invalid. It must be I/N with I from 1 to N, such as 3/16.\n${hint}\n`,
    ],
    ['eval --weights notes.json --shard 1/2', 2, `softpool: --shard needs --output shard.json or --json\n${hint}\n`],
    [
      'eval --weights notes.json -o x.svg --confusion sub/../x.svg',
      2,
      `softpool: --output and --confusion are one file, sub/../x.svg; give each a file of its own\n${hint}\n`,
    ],
    [
      'eval merge notes.json -o x.svg --confusion x.svg --force',
      2,
      'softpool: --output and --confusion are one file, x.svg; give each a file of its own\n(see softpool eval merge --help)\n',
    ],
    ['eval merg notes.json', 2, `softpool: unknown argument merg; did you mean softpool eval merge?\n${hint}\n`],
    ['eval notes.json', 2, `softpool: unknown argument notes.json; softpool eval takes only options\n${hint}\n`],
    ['eval merge notes.json', 1, 'softpool: notes.json is not an evaluation: it lacks "format": "softpool-evaluation"\n'],
    ['eval merge none.json', 1, 'softpool: none.json: no such file or folder\n'],
  ];
  for (const [line, status, stderr] of cases) {
    const run = await softpool(folder, line);
    expect([line, run.status, run.stderr]).toEqual([line, status, stderr]);
  }
  expect(await filesBelow(folder)).toEqual(['notes.json']);
});

/** A safetensors file with a prefix before its names: a length, a header in JSON, the data. */
function withPrefix(file: Buffer, prefix: string): Buffer {
  const end = 8 + Number(file.readBigUInt64LE());
  const entries = Object.entries(JSON.parse(file.toString('utf8', 8, end)));
  const renamed = entries.map(([name, entry]) => [name === '__metadata__' ? name : `${prefix}${name}`, entry]);
  const header = Buffer.from(JSON.stringify(Object.fromEntries(renamed)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, file.subarray(end)]);
}
