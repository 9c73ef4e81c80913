/** The visitor's picture and what the worker makes of it, as state of the page. */
import { onUnmounted, reactive, shallowReactive } from 'vue';
import { WORKER_FAILED } from '../parts/worker-failed.ts';
import type { ComparedMethod, PictureAnswer, PictureRequest, Reduced, ReduceOptions, Side } from './messages.ts';

/** What the page knows. */
interface State {
  status: 'empty' | 'opening' | 'reducing' | 'ready' | 'failed';
  progress: number;
  message: string;
  note: string;
  measured: string;
  width: number;
  height: number;
}

/** Starts no worker until a picture is opened. */
export function useComparison() {
  const state = reactive<State>({ status: 'empty', progress: 0, message: '', note: '', measured: '', width: 0, height: 0 });
  const bitmaps = shallowReactive<Partial<Record<Side | 'difference', ImageBitmap>>>({});
  const results = shallowReactive<Reduced[]>([]);
  let worker: Worker | undefined;
  let number = 0;
  let latest = { open: 0, reduce: 0, difference: 0, encode: 0 };
  let options: ReduceOptions | undefined;
  const saving = new Map<number, (file: Blob) => void>();

  type Ask<R> = R extends PictureRequest ? Omit<R, 'id'> : never;
  const ask = (request: Ask<PictureRequest>): number => {
    worker ??= startWorker();
    number += 1;
    latest = { ...latest, [request.kind]: number };
    worker.postMessage({ ...request, id: number });
    return number;
  };
  const startWorker = () => {
    const started = new Worker(new URL('./picture.worker.ts', import.meta.url), { type: 'module' });
    started.addEventListener('message', (event: MessageEvent<PictureAnswer>) => take(event.data));
    started.addEventListener('error', () => fail(WORKER_FAILED));
    return started;
  };
  const fail = (message: string) => {
    state.status = 'failed';
    state.message = message;
  };
  const reduce = (next: ReduceOptions) => {
    options = next;
    if (bitmaps.original === undefined) return;
    state.status = 'reducing';
    state.progress = 0;
    ask({ kind: 'reduce', options: next });
  };
  const take = (answer: PictureAnswer) => {
    const { id } = answer;
    if (answer.kind === 'encoded') saving.get(id)?.(answer.file);
    else if (answer.kind === 'failed' && Object.values(latest).includes(id)) fail(answer.message);
    else if (answer.kind === 'opened' && id === latest.open) {
      results.length = 0;
      for (const key of Object.keys(bitmaps)) delete bitmaps[key as Side];
      bitmaps.original = answer.bitmap;
      Object.assign(state, { note: answer.note, width: answer.bitmap.width, height: answer.bitmap.height });
      if (options) reduce(options);
    } else if (answer.kind === 'progress' && id === latest.reduce) state.progress = answer.done;
    else if (answer.kind === 'reduced' && id === latest.reduce) {
      results.splice(0, results.length, ...answer.results);
      for (const { method, bitmap } of answer.results) bitmaps[method] = bitmap;
      Object.assign(state, { status: 'ready', measured: answer.measured });
    } else if (answer.kind === 'difference' && id === latest.difference) bitmaps.difference = answer.bitmap;
  };
  onUnmounted(() => worker?.terminate());

  return {
    state,
    bitmaps,
    results,
    open(file: Blob, next: ReduceOptions) {
      options = next;
      Object.assign(state, { status: 'opening', message: '', note: '', progress: 0 });
      ask({ kind: 'open', file });
    },
    reduce,
    fail,
    showDifference: (sides: readonly [Side, Side]) => void ask({ kind: 'difference', sides }),
    encode: (method: ComparedMethod) => new Promise<Blob>((resolve) => saving.set(ask({ kind: 'encode', method }), resolve)),
  };
}
