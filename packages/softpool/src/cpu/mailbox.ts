/**
 * How a thread is told what to do: through memory that it shares with the caller, where it sleeps until there is something. A message
 * to it would take several times as long, as long as a thread takes for a whole small tensor. What it answers is a message.
 */
import { type KernelCall, MOST_ARGUMENTS } from './module.ts';

/** Tasks that a thread can have at once: it computes one while the next is prepared. */
export const TASKS_AT_ONCE = 2;

/** The most calls in a task: to convert x and dy in two steps each, to pool, to convert dx. */
const MOST_CALLS = 7;

// In 32-bit numbers: how many tasks were ever put in; then the tasks, each its number of calls and the calls.
const PUT = 0;
const FIRST_TASK = 1;
const CALL_NUMBERS = 1 + MOST_ARGUMENTS;
const TASK_NUMBERS = 1 + MOST_CALLS * CALL_NUMBERS;

/** Memory for a thread's tasks. */
export type Mailbox = Int32Array<SharedArrayBuffer>;

/** A mailbox with nothing in it. */
export function createMailbox(): Mailbox {
  return new Int32Array(new SharedArrayBuffer((FIRST_TASK + TASKS_AT_ONCE * TASK_NUMBERS) * Int32Array.BYTES_PER_ELEMENT));
}

/** Puts in task number `task`, counted from 0, and wakes the thread. The thread must be done with all but `TASKS_AT_ONCE` − 1 before it. */
export function putTask(mailbox: Mailbox, task: number, calls: readonly KernelCall[]): void {
  const start = startOf(task);
  mailbox[start] = calls.length;
  calls.forEach((call, i) => {
    mailbox.set(call, start + 1 + i * CALL_NUMBERS);
  });
  Atomics.store(mailbox, PUT, task + 1);
  Atomics.notify(mailbox, PUT);
}

/** Sleeps until there is task number `task`, and returns its calls. */
export function awaitTask(mailbox: Mailbox, task: number): KernelCall[] {
  // More than once: the call that woke the thread for the task before may come only after that is done.
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
