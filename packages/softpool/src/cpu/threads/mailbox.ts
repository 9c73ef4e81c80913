/**
 * A shared-memory mailbox: the caller writes a task into it, and the thread sleeps until there is
 * one. A message to the thread would take several times as long, as much as a whole small tensor
 * takes. Its answer is a message.
 */
import { type KernelCall, MOST_ARGUMENTS } from '../wasm-module.ts';

/** The most tasks that a thread has at once: it computes one while the caller prepares the next. */
export const TASKS_AT_ONCE = 2;

/** The most calls in a task: two each to convert x and dy, one to pool, two to convert dx. */
const MOST_CALLS = 7;

// Layout in 32-bit numbers: the number of tasks ever put in; then the tasks, each the number of its
// calls and the calls.
const PUT = 0;
const FIRST_TASK = 1;
const CALL_NUMBERS = 1 + MOST_ARGUMENTS;
const TASK_NUMBERS = 1 + MOST_CALLS * CALL_NUMBERS;

/** Memory for a thread's tasks. */
export type Mailbox = Int32Array<SharedArrayBuffer>;

/** An empty mailbox. */
export function createMailbox(): Mailbox {
  return new Int32Array(new SharedArrayBuffer((FIRST_TASK + TASKS_AT_ONCE * TASK_NUMBERS) * Int32Array.BYTES_PER_ELEMENT));
}

/**
 * Writes task number `task`, counted from 0, and wakes the thread, which must have at most
 * `TASKS_AT_ONCE` − 1 others left.
 */
export function putTask(mailbox: Mailbox, task: number, calls: readonly KernelCall[]): void {
  const start = startOf(task);
  mailbox[start] = calls.length;
  calls.forEach((call, i) => {
    mailbox.set(call, start + 1 + i * CALL_NUMBERS);
  });
  Atomics.store(mailbox, PUT, task + 1);
  Atomics.notify(mailbox, PUT);
}

/** Sleeps until task number `task` is there, and returns its calls. */
export function awaitTask(mailbox: Mailbox, task: number): KernelCall[] {
  // A loop, since the wake-up for the task before may arrive only after that task is done.
  while (Atomics.load(mailbox, PUT) === task) Atomics.wait(mailbox, PUT, task);
  const start = startOf(task);
  return Array.from({ length: mailbox[start] as number }, (_, i) => {
    const from = start + 1 + i * CALL_NUMBERS;
    return Array.from(mailbox.subarray(from, from + CALL_NUMBERS)) as unknown as KernelCall;
  });
}

function startOf(task: number): number {
  return FIRST_TASK + (task % TASKS_AT_ONCE) * TASK_NUMBERS;
}
