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

test('downsampling: tables on standard output, files in the folder, the same again with --resume', async () => {
  const folder = await temporaryFolder();
  for (const name of ['b.png', 'a.png']) await save(noise(32, 24), folder, `photographs/${name}`);
  await writeFile(join(folder, 'photographs/notes.txt'), 'no picture');
  const line = 'downsampling --data photographs --factors 2 4 --seeds 1';
  const result = await experiment(folder, line);
  expect([result.status, result.problems]).toEqual([0, []]);
  const printed = result.stdout.toString();
  expect(printed).toMatch(/^Downsampling: what comes back of 2 photographs\n\nEach photograph is made smaller by the factor/);
  expect(printed).toContain('Enlarged by cubic: soft, shared weights, less each other');
  expect(printed).toContain('Paper: not comparable: ');
  expect(result.stderr).toMatch(
    /^1-a\.png\/by-2 is done \(1 of 4 runs, .* left\)\n[\s\S]*experiments\/downsampling: table\.md, table\.json and the plots\n$/,
  );
  const files = ['downsampling.png', 'downsampling.svg', 'experiment.json', 'results.jsonl', 'table.json', 'table.md'];
  expect(await filesBelow(join(folder, 'experiments/downsampling'))).toEqual(files);
  expect((await look(join(folder, 'experiments/downsampling/downsampling.png'))).width).toBeGreaterThan(400);
  const markdown = await readFile(join(folder, 'experiments/downsampling/table.md'), 'utf8');
  expect(markdown).toContain(`\`softpool experiment ${line}\``);

  const refused = await experiment(folder, line);
  expect([refused.status, refused.problems]).toEqual([
    1,
    ['softpool: experiments/downsampling has an experiment already; continue it with --resume, or replace it with --force'],
  ]);
  const again = await experiment(folder, `${line} --resume --quiet --json`);
  expect([again.status, again.stderr]).toEqual([0, '']);
  expect(JSON.parse(again.stdout.toString())).toMatchObject({ experiment: 'downsampling', command: `softpool experiment ${line}` });
  expect(await readFile(join(folder, 'experiments/downsampling/table.md'), 'utf8')).toBe(markdown);
});

test('stopped by a signal it says how to go on, with --resume it goes on', async () => {
  const folder = await temporaryFolder();
  const stopped = await experiment(folder, `${TINY} --out stopped`, {
    onStart: (child) => child.stderr.on('data', (chunk: Buffer) => chunk.includes('2 of 6 runs') && child.kill('SIGINT')),
  });
  expect(stopped.status).toBe(130);
  expect(stopped.stderr).toMatch(/\nstopped: stopped after [2-5] of 6 runs, and saved; go on with the same command and --resume\n$/);
  const continued = await experiment(folder, `${TINY} --out stopped --resume`);
  expect([continued.status, continued.problems]).toEqual([0, []]);
  expect(continued.stderr).not.toContain('/max/seed-1'); // which was there
  expect(continued.stdout.toString()).toMatch(/│ soft everywhere, exact gradient − soft everywhere +│/);

  const gradient = await experiment(folder, 'gradient --from stopped --seeds 1 --out gradient --quiet');
  expect([gradient.status, gradient.stderr]).toEqual([0, '']);
  expect(gradient.stdout.toString()).toMatch(/│ soft, exact gradient − soft +│/);
});

test('what makes no sense is said, and nothing is left behind', async () => {
  const folder = await temporaryFolder();
  const problem = async (line: string): Promise<unknown[]> => {
    const { status, problems, stderr } = await experiment(folder, line);
    return [status, problems[0] ?? stderr.split('\n')[0]];
  };
  const missing = 'softpool: examples/photographs: no such file or folder; give photographs with --data';
  expect(await problem('downsampling')).toEqual([1, missing]);
  expect(await problem('downsampling --data .')).toEqual([1, 'softpool: .: no image in this folder; give photographs with --data']);
  const shape = 'softpool: shapes must be [batch, …2 or 3 sides of at least 2, channels], received [[1,1,4,2]]';
  expect(await problem('latency --shapes 1x1x4x2')).toEqual([2, shape]);
  expect(await problem('classification --model resnet19')).toEqual([2, expect.stringContaining('there is no network resnet19')]);
  expect(await problem('gradient --from nowhere')).toEqual([
    1,
    'softpool: there is no experiment in nowhere: experiment.json cannot be read',
  ]);
  expect(await filesBelow(folder)).toEqual([]);
  const noData = [1, expect.stringContaining('nowhere: no such folder, and no generator')];
  expect(await problem('classification --data nowhere')).toEqual(noData);
  expect(await problem('classification --data nowhere')).toEqual(noData); // and not that there is an experiment already
});
