import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { createMailbox, type Mailbox, putTask } from './mailbox.ts';

/** A thread that answers each task with the number and the arguments of its first call. */
const THREAD = `
  const { parentPort, workerData: { mailbox, code } } = require('node:worker_threads');
  import(code).then(({ awaitTask }) => {
    for (let task = 0; ; task++) parentPort.postMessage(awaitTask(mailbox, task)[0].slice(0, 3));
  });
`;

function startThread(mailbox: Mailbox): { worker: Worker; answers: number[][] } {
  const code = new URL('../../../dist/cpu/threads/mailbox.js', import.meta.url).href;
  const worker = new Worker(THREAD, { eval: true, workerData: { mailbox, code } });
  onTestFinished(async () => {
    await worker.terminate();
  });
  const answers: number[][] = [];
  worker.on('message', (answer) => answers.push(answer));
  return { worker, answers };
}

test('a thread receives each task once, in order', async () => {
  const mailbox = createMailbox();
  const { worker, answers } = startThread(mailbox);
  for (let task = 0; task < 1000; task++) {
    putTask(mailbox, task, [[task, 2 * task, -1]]);
    if (answers.length <= task - 1) await once(worker, 'message'); // another may wait
  }
  while (answers.length < 1000) await once(worker, 'message');
  expect(answers).toEqual(Array.from({ length: 1000 }, (_, task) => [task, 2 * task, -1]));
});

test('a thread that is woken without a task, as by a late notification, continues to sleep', async () => {
  const mailbox = createMailbox();
  const { worker, answers } = startThread(mailbox);
  putTask(mailbox, 0, [[1, 2, 3]]);
  await once(worker, 'message');
  for (let i = 0; i < 20; i++) {
    Atomics.notify(mailbox, 0); // where it sleeps
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(answers).toEqual([[1, 2, 3]]);
  putTask(mailbox, 1, [[4, 5, 6]]);
  await once(worker, 'message');
  expect(answers).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ]);
});
