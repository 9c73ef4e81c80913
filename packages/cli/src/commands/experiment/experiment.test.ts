// `softpool experiment` as its users run it.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { look, noise, save } from '@softpool/testing/pictures';
import { expect, test } from 'vitest';
import { filesBelow, type Result, type RunOptions, runCli, temporaryFolder } from '../../testing/run-cli.ts';

function experiment(folder: string, line: string, options?: RunOptions): Promise<Result> {
  return runCli(folder, ['experiment', ...line.split(' ')], options);
}

const TINY = 'classification --data textured-shapes?samples=72&size=8 --epochs 1 --batch-size 18 --limit 18 --seeds 1';

test('downsampling prints tables and writes files, and --resume gives the same', async () => {
  const folder = await temporaryFolder();
  for (const name of ['b.png', 'a.png']) await save(noise(32, 24), folder, `photographs/${name}`);
  await writeFile(join(folder, 'photographs/notes.txt'), 'not a picture');
  const line = 'downsampling --data photographs --factors 2 4 --seeds 1';
  const result = await experiment(folder, line);
  expect([result.status, result.problems]).toEqual([0, []]);
  const printed = result.stdout.toString();
  expect(printed).toMatch(/^Downsampling: similarity to the original of 2 photographs\n\nEach photograph is downsampled by the factor/);
  expect(printed).toContain('Enlarged by cubic: soft, shared weights minus each other method');
  expect(printed).toContain('Paper: not comparable: ');
  expect(result.stderr).toMatch(
    /^1-a\.png\/by-2 done \(1 of 4 runs, .* left\)\n[\s\S]*experiments\/downsampling: table\.md, table\.json and the charts\n$/,
  );
  const files = ['downsampling.png', 'downsampling.svg', 'experiment.json', 'results.jsonl', 'table.json', 'table.md'];
  expect(await filesBelow(join(folder, 'experiments/downsampling'))).toEqual(files);
  expect((await look(join(folder, 'experiments/downsampling/downsampling.png'))).width).toBeGreaterThan(400);
  const markdown = await readFile(join(folder, 'experiments/downsampling/table.md'), 'utf8');
  expect(markdown).toContain(`\`softpool experiment ${line}\``);

  const planned = await experiment(folder, `${line} --limit 0 --dry-run --resume`);
  expect([planned.status, planned.stdout.toString()]).toEqual([
    0,
    '1-a.png/by-2\n1-a.png/by-4\n2-b.png/by-2\n2-b.png/by-4\n4 runs, 4 of them done → experiments/downsampling (dry run: nothing was written)\n',
  ]);
  const elsewhere = await experiment(folder, `${line} -o elsewhere --dry-run --json`);
  expect(JSON.parse(elsewhere.stdout.toString())).toMatchObject({ dryRun: true, output: 'elsewhere', done: 0, total: 4 });
  const quiet = await experiment(folder, `${line} -o elsewhere --dry-run --quiet`);
  expect([quiet.status, quiet.stdout.toString(), quiet.stderr]).toEqual([0, '', '']);
  expect(await filesBelow(join(folder, 'elsewhere'))).toEqual([]);

  const refused = await experiment(folder, line);
  expect([refused.status, refused.problems]).toEqual([
    1,
    ['softpool: experiments/downsampling already has an experiment; use --resume to continue it, or --force to replace it'],
  ]);
  const again = await experiment(folder, `${line} --resume --quiet --json`);
  expect([again.status, again.stderr]).toEqual([0, '']);
  expect(JSON.parse(again.stdout.toString())).toMatchObject({ experiment: 'downsampling', command: `softpool experiment ${line}` });
  expect(await readFile(join(folder, 'experiments/downsampling/table.md'), 'utf8')).toBe(markdown);
});

test('a signal stops an experiment, and --resume continues it', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  const stopped = await experiment(folder, `${TINY} --output stopped`, {
    onStart: (child) => child.stderr.on('data', (chunk: Buffer) => chunk.includes('1 of 7 runs') && child.kill('SIGINT')),
  });
  expect(stopped.status).toBe(130);
  expect(stopped.stderr).toMatch(/\nstopped: stopped after [1-6] of 7 runs and saved; continue with the same command and --resume\n$/);
  const continued = await experiment(folder, `${TINY} --output stopped --resume`);
  expect([continued.status, continued.problems]).toEqual([0, []]);
  expect(continued.stderr).not.toContain('/max/seed-1'); // which was done
  expect(continued.stdout.toString()).toMatch(/│ soft everywhere, exact gradient − soft everywhere +│/);

  const gradient = await experiment(folder, 'gradient --from stopped --seeds 1 --output gradient');
  expect([gradient.status, gradient.problems]).toEqual([0, []]);
  expect(gradient.stdout.toString()).toMatch(/│ soft, exact gradient − soft +│/);
});

test('mistakes end in a message and write nothing', async () => {
  const folder = await temporaryFolder();
  const problem = async (line: string): Promise<unknown[]> => {
    const { status, problems, stderr } = await experiment(folder, line);
    return [status, problems[0] ?? stderr.split('\n')[0]];
  };
  expect(await problem('downsampling')).toEqual([2, 'softpool: missing photographs: give --data folder']);
  expect(await problem('downsampling --data .')).toEqual([1, 'softpool: .: no image in this folder; give photographs with --data']);
  const shape = 'softpool: --shapes must be [batch, …2 or 3 sides of at least 2, channels], received [1, 1, 4, 2]';
  expect(await problem('latency --shapes 1x1x4x2')).toEqual([2, shape]);
  const size = 'softpool: --shapes must be at most 2³⁰ values, the 4 GiB that a backend can have, received [1, 99999, 99999, 1]';
  expect(await problem('latency --shapes 1x99999x99999x1')).toEqual([2, size]);
  expect(await problem('classification --model resnet19')).toEqual([2, expect.stringContaining('unknown network resnet19')]);
  expect(await problem('gradient --from nowhere')).toEqual([1, 'softpool: nowhere has no experiment: experiment.json is missing']);
  const alone = 'exclude each other: the experiments in --from say what is trained';
  expect(await problem('gradient --from nowhere --backend cpu')).toEqual([2, `softpool: --from and --backend ${alone}`]);
  expect(await problem('gradient --from nowhere --data here')).toEqual([2, `softpool: --from and --data ${alone}`]);
  expect(await problem('gradient --data=')).toEqual([2, "softpool: --data must be a path or generator, received ''"]);
  const empty = "softpool: option '-o, --output <folder>' argument '' is invalid. It must not be empty; the current folder is a dot.";
  expect(await problem('latency --output=')).toEqual([2, empty]);
  expect(await filesBelow(folder)).toEqual([]);
  const noData = [1, expect.stringContaining('nowhere: no such folder; the generators are')];
  expect(await problem('classification --data nowhere')).toEqual(noData);
  // The first attempt left nothing that would need --force.
  expect(await problem('classification --data nowhere')).toEqual(noData);
});
