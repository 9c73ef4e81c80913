/**
 * The benchmark of the queue: `npm run bench:queue`, some minutes. It prints its tables and writes
 * them to bench-output/queue.md; `-- --update-docs` also puts them into docs/queue.md. It needs
 * redis-server and tar.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { startRedis } from '@softpool/testing/redis';
import { machineLine, QUICK, report, table, withPart } from '../table.ts';
import { addingCost, type JobCost, jobCost } from './overhead.ts';
import { makeArchives } from './pictures.ts';
import { type Run, runAlone, runWorkers } from './throughput.ts';

const DOCUMENT = 'docs/queue.md';
const FOLDER = 'bench-output/queue';
const ROUNDS = QUICK ? 1 : 3;
const WORKERS = [1, 2, 3];
const JOBS = QUICK ? 50 : 1000;

const isUpdate = argv.includes('--update-docs');
if (isUpdate && QUICK) throw new Error('bench: --update-docs needs full figures; leave out --quick');

const redis = await startRedis();
const adding = await report('adding', () => addingCost(redis, JOBS));
const here = await report('empty jobs in the worker', () => jobCost(redis, JOBS, { processes: false, rounds: ROUNDS }));
const processes = await report('empty jobs in processes', () => jobCost(redis, JOBS, { processes: true, rounds: ROUNDS }));
const archives = await makeArchives(FOLDER);
const alone: Run[] = [];
const runs = new Map<number, Run[]>(WORKERS.map((count) => [count, []]));
for (let round = 1; round <= ROUNDS; round++) {
  // In turn, so that a busy minute of the machine hits all alike.
  alone.push(await report(`one process, round ${round}`, () => runAlone(archives, FOLDER)));
  for (const [count, found] of runs) {
    found.push(await report(`workers: ${count}, round ${round}`, () => runWorkers(archives, FOLDER, redis, count)));
  }
}
await redis.stop();

const parts = {
  'queue-machine': machineLine(),
  'queue-overhead': overheadTable(),
  'queue-throughput': throughputTable(),
};
const text = Object.values(parts).join('\n\n');
console.log(text);
mkdirSync('bench-output', { recursive: true });
writeFileSync('bench-output/queue.md', `${text}\n`);
if (isUpdate) writeFileSync(DOCUMENT, Object.entries(parts).reduce(withPart, readFileSync(DOCUMENT, 'utf8')));

function overheadTable(): string {
  const cells = ({ milliseconds, processor }: JobCost): string[] => [milliseconds.toFixed(2), processor.toFixed(2)];
  return table(
    ['for a shard', 'time, ms', 'processor of the worker, ms', 'memory of Redis, bytes'],
    [
      ['added', adding.milliseconds.toFixed(2), '', String(Math.round(adding.bytes))],
      ['run, empty, by a function of the worker', ...cells(here), ''],
      ['run, empty, in a process, as the command does', ...cells(processes), ''],
    ],
  );
}

function throughputTable(): string {
  const row = (name: string, found: readonly Run[]): string[] => {
    const best = found.reduce((one, other) => (other.seconds < one.seconds ? other : one));
    return [name, best.seconds.toFixed(1), (archives.pictures / best.seconds).toFixed(1), best.processor.toFixed(1)];
  };
  const head = [
    `${archives.names.length} shards of ${archives.pictures / archives.names.length} pictures`,
    's',
    'pictures/s',
    'processor, s',
  ];
  return table(head, [
    row('one process without a queue', alone),
    ...[...runs].map(([count, found]) => row(`${count} ${count === 1 ? 'worker' : 'workers'}`, found)),
  ]);
}
