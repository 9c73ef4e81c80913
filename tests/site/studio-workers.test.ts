// What the studio does when workers answer late, or fail. Workers are replaced by ones that the
// test answers for.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type EffectScope, effectScope } from 'vue';
import { useNetwork } from '../../site/studio/network/use-network.ts';
import { useModel } from '../../site/studio/onnx/use-model.ts';
import { useWorker } from '../../site/studio/parts/use-worker.ts';
import { useComparison } from '../../site/studio/picture/use-comparison.ts';
import { useOwnClip } from '../../site/studio/time/use-own-clip.ts';

/** A worker that notes what it is asked. */
class TestWorker extends EventTarget {
  readonly asked: { readonly id: number; readonly [key: string]: unknown }[] = [];
  hasEnded = false;
  constructor() {
    super();
    workers.push(this);
  }
  postMessage(message: (typeof this.asked)[number]): void {
    this.asked.push(message);
  }
  terminate(): void {
    this.hasEnded = true;
  }
  answer(data: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
}

let workers: TestWorker[];
let scope: EffectScope;
beforeEach(() => {
  workers = [];
  scope = effectScope();
  vi.stubGlobal('Worker', TestWorker);
});
afterEach(() => {
  scope.stop();
  vi.unstubAllGlobals();
});

/** What `use` gives to a part of a page. */
const used = <T>(use: () => T): T => scope.run(use) as T;

describe('a worker', () => {
  const answers: unknown[] = [];
  const fail = vi.fn();
  const use = () =>
    used(() =>
      useWorker<unknown, unknown>(
        () => new Worker('of a test'),
        (answer) => answers.push(answer),
        fail,
      ),
    );
  beforeEach(() => {
    answers.length = 0;
    fail.mockClear();
  });

  test('is started by the first request, and ends with the part of the page', () => {
    const { ask } = use();
    expect(workers).toHaveLength(0);
    ask('one');
    ask('two');
    workers[0]?.answer('answer');
    expect(workers.map(({ asked }) => asked)).toEqual([['one', 'two']]);
    expect(answers).toEqual(['answer']);
    scope.stop();
    expect(workers[0]?.hasEnded).toBe(true);
  });

  test.each(['error', 'messageerror'])('is started anew after its %s', (event) => {
    const { ask } = use();
    ask('one');
    workers[0]?.dispatchEvent(new Event(event));
    expect(fail).toHaveBeenCalledOnce();
    expect(workers[0]?.hasEnded).toBe(true);
    ask('two');
    expect(workers.map(({ asked }) => asked)).toEqual([['one'], ['two']]);
  });

  test('is not heard any more after its end', () => {
    const { ask, end } = use();
    ask('one');
    end();
    ask('two');
    workers[0]?.answer('late');
    workers[0]?.dispatchEvent(new Event('error'));
    workers[1]?.answer('answer');
    expect(answers).toEqual(['answer']);
    expect(fail).not.toHaveBeenCalled();
  });
});

const file = new File(['bytes'], 'file');

describe("the visitor's picture", () => {
  const options = { factor: 2, beta: 1, linear: false };
  const opened = (id: number | undefined) => ({ id, kind: 'opened', bitmap: { width: 8, height: 8 }, note: '' });
  const kinds = (worker: TestWorker | undefined) => worker?.asked.map(({ kind }) => kind);

  test('is forgotten when its worker fails, and a new worker opens the next', () => {
    const { state, results, open, reduce } = used(useComparison);
    open(file, options);
    workers[0]?.answer(opened(1));
    workers[0]?.answer({ id: 2, kind: 'reduced', results: [{ method: 'soft' }], measured: '' });
    expect([state.status, results.length]).toEqual(['ready', 1]);
    workers[0]?.dispatchEvent(new Event('error'));
    expect([state.status, results.length]).toEqual(['failed', 0]);
    reduce({ ...options, factor: 4 });
    expect(state.status, 'there is nothing to reduce').toBe('failed');
    open(file, options);
    expect([state.status, kinds(workers[1])]).toEqual(['opening', ['open']]);
    workers[1]?.answer(opened(workers[1].asked[0]?.id));
    expect([state.status, kinds(workers[1])]).toEqual(['reducing', ['open', 'reduce']]);
  });

  test('is reduced as was chosen last while it was opened', () => {
    const { state, open, reduce } = used(useComparison);
    open(file, options);
    workers[0]?.answer(opened(1));
    open(file, options);
    reduce({ ...options, factor: 8 });
    expect([state.status, kinds(workers[0])]).toEqual(['opening', ['open', 'reduce', 'open']]);
    workers[0]?.answer(opened(3));
    expect(workers[0]?.asked.at(-1)).toMatchObject({ kind: 'reduce', options: { factor: 8 } });
  });
});

describe("the visitor's model", () => {
  const choices = { from: 'max', window: 'paper', beta: 1 } as const;
  const swapped = (id: number | undefined, text: string) => ({ id, kind: 'swapped', report: [], swapped: new Blob([text]), external: [] });

  test('is not ready while it is swapped anew, and the answer to the last choice counts', async () => {
    const { state, swapped: shown, open, swap, run } = used(useModel);
    open(file, choices);
    expect(state.status).toBe('swapping');
    workers[0]?.answer(swapped(1, 'β = 1'));
    expect(state.status).toBe('ready');
    swap({ ...choices, beta: 2 });
    swap({ ...choices, beta: 3 });
    workers[0]?.answer(swapped(2, 'β = 2'));
    expect(state.status).toBe('swapping');
    workers[0]?.answer(swapped(3, 'β = 3'));
    workers[0]?.answer(swapped(2, 'β = 2'));
    expect([state.status, await shown.value?.model.text()]).toEqual(['ready', 'β = 3']);
    run(new Map());
    expect(workers[1]?.asked).toEqual([{ before: file, after: shown.value?.model, sizes: new Map() }]);
  });

  test('is not run any more when it is swapped anew', () => {
    const { state, result, open, swap, run } = used(useModel);
    open(file, choices);
    workers[0]?.answer(swapped(1, 'β = 1'));
    run(new Map());
    swap({ ...choices, beta: 2 });
    workers[1]?.answer({ kind: 'ran' });
    expect([state.status, result.value, workers[1]?.hasEnded]).toEqual(['swapping', undefined, true]);
  });

  test('may be followed by another when its worker fails', () => {
    const { state, open } = used(useModel);
    open(file, choices);
    workers[0]?.dispatchEvent(new Event('error'));
    expect(state.status).toBe('failed');
    open(file, choices);
    workers[1]?.answer(swapped(2, 'β = 1'));
    expect(state.status).toBe('ready');
  });
});

test("the visitor's clip makes way for the generated one, whatever its worker still says", () => {
  const { state, open, close } = used(useOwnClip);
  open(file, { length: 4, beta: 1 });
  close();
  workers[0]?.answer({ id: 1, kind: 'opened', frames: [], width: 1, height: 1, note: '' });
  expect([state.status, workers.length]).toEqual(['empty', 1]);
});

test.each(['says so', 'ends'])('a network whose worker %s when it fails is not shown with the answer to another picture', (how) => {
  const { state, runs, run } = used(useNetwork);
  run({ picture: 1, beta: 1 });
  workers[0]?.answer({ kind: 'ran', runs: {} });
  run({ picture: 2, beta: 1 });
  if (how === 'ends') workers[0]?.dispatchEvent(new Event('error'));
  else workers[0]?.answer({ kind: 'failed', message: 'no memory' });
  expect([state.status, runs.value]).toEqual(['failed', undefined]);
  run({ picture: 2, beta: 1 });
  workers[1]?.answer({ kind: 'ran', runs: {} });
  expect(state.status).toBe('ready');
});
