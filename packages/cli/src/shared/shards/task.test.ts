import { expect, test } from 'vitest';
import { findTask } from './task.ts';

const slurm = (id: number, least: number, most: number) => ({
  SLURM_ARRAY_TASK_ID: `${id}`,
  SLURM_ARRAY_TASK_MIN: `${least}`,
  SLURM_ARRAY_TASK_MAX: `${most}`,
});

test('--shard I/N names the task, whatever a scheduler says', () => {
  const shard = { index: 3, count: 20 };
  expect(findTask({ shard }, { JOB_COMPLETION_INDEX: '7' }, undefined)).toEqual({ task: shard });
});

test('without flags there is no task, also in a job array', () => {
  expect(findTask({}, { JOB_COMPLETION_INDEX: '7' }, undefined)).toEqual({ task: undefined });
});

test.each(['JOB_COMPLETION_INDEX', 'AWS_BATCH_JOB_ARRAY_INDEX'])('%s counts from 0', (name) => {
  expect(findTask({ shards: 20 }, { [name]: '0' }, undefined).task).toEqual({ index: 1, count: 20 });
  expect(findTask({ shards: 20 }, { [name]: '19' }, undefined).task).toEqual({ index: 20, count: 20 });
  expect(() => findTask({ shards: 20 }, { [name]: '20' }, undefined)).toThrow(`${name} is 20, which is not from 0 to 19`);
});

test('tasks of a Slurm array count from its first', () => {
  expect(findTask({ shards: 20 }, slurm(0, 0, 19), undefined)).toEqual({ task: { index: 1, count: 20 }, firstSlurmTask: 0 });
  expect(findTask({ shards: 20 }, slurm(20, 1, 20), undefined)).toEqual({ task: { index: 20, count: 20 }, firstSlurmTask: 1 });
});

test('a rerun of some tasks of a Slurm array does the same shards as the whole array', () => {
  // sbatch --array=3,7 sets the least to 3.
  expect(findTask({ shards: 20 }, slurm(3, 3, 7), 0).task).toEqual({ index: 4, count: 20 });
  expect(findTask({ shards: 20 }, slurm(3, 3, 7), 1).task).toEqual({ index: 3, count: 20 });
  expect(() => findTask({ shards: 20 }, slurm(3, 3, 7), undefined)).toThrow(
    'this Slurm array has tasks 3 to 7, and --shards is 20; run the whole array first (--array=0-19), or give --shard I/20',
  );
});

test.each<[object, object, string]>([
  [{ shards: 4 }, {}, '--shards 4 needs the index of this task in JOB_COMPLETION_INDEX'],
  [{ shards: 4 }, { JOB_COMPLETION_INDEX: '' }, '--shards 4 needs the index'],
  [{ shards: 4 }, { JOB_COMPLETION_INDEX: '1', ...slurm(0, 0, 3) }, 'JOB_COMPLETION_INDEX and SLURM_ARRAY_TASK_ID are both set'],
  [{ shards: 4 }, { JOB_COMPLETION_INDEX: '-1' }, "JOB_COMPLETION_INDEX is '-1', not an integer; give --shard I/N"],
  [{ shards: 4 }, { SLURM_ARRAY_TASK_ID: '1' }, 'SLURM_ARRAY_TASK_MIN is not set; give --shard I/N'],
  [{ shards: 4, shard: { index: 1, count: 4 } }, {}, '--shard and --shards exclude each other'],
])('%j with %j is refused', (flags, environment, message) => {
  expect(() => findTask(flags, environment as Record<string, string>, undefined)).toThrow(message);
});

test('--shards 1 needs no index', () => {
  expect(findTask({ shards: 1 }, {}, undefined).task).toEqual({ index: 1, count: 1 });
});
