/** The visitor's picture and what the worker makes of it, as state of the page. */
import { reactive, shallowReactive } from 'vue';
import { download } from '../parts/download.ts';
import { useWorker } from '../parts/use-worker.ts';
import { WORKER_FAILED } from '../parts/worker-failed.ts';
import {
  COMPARED,
  type ComparedMethod,
  type PictureAnswer,
  type PictureRequest,
  type Reduced,
  type ReduceOptions,
  type Side,
} from './messages.ts';

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
  let number = 0;
  let latest = { open: 0, reduce: 0, difference: 0, encode: 0 };
  let options: ReduceOptions | undefined;

  type Ask<R> = R extends PictureRequest ? Omit<R, 'id'> : never;
  const ask = (request: Ask<PictureRequest>) => {
    number += 1;
    latest = { ...latest, [request.kind]: number };
    worker.ask({ ...request, id: number });
  };
  const fail = (message: string) => Object.assign(state, { status: 'failed', message });
  /** Forgets what was made of the picture. */
  const forgetResults = () => {
    results.length = 0;
    for (const key of [...COMPARED, 'difference'] as const) delete bitmaps[key];
  };
  const startReducing = (next: ReduceOptions) => {
    Object.assign(state, { status: 'reducing', progress: 0 });
    ask({ kind: 'reduce', options: next });
  };
  const take = (answer: PictureAnswer) => {
    const { id } = answer;
    if (answer.kind === 'encoded') download(answer.file, answer.name);
    else if (answer.kind === 'failed' && Object.values(latest).includes(id)) {
      if (id === latest.reduce) forgetResults();
      fail(answer.message);
    } else if (answer.kind === 'opened' && id === latest.open) {
      forgetResults();
      bitmaps.original = answer.bitmap;
      Object.assign(state, { note: answer.note, measured: '', width: answer.bitmap.width, height: answer.bitmap.height });
      if (options) startReducing(options);
    } else if (answer.kind === 'progress' && id === latest.reduce) state.progress = answer.done;
    else if (answer.kind === 'reduced' && id === latest.reduce) {
      results.splice(0, results.length, ...answer.results);
      for (const { method, bitmap } of answer.results) bitmaps[method] = bitmap;
      Object.assign(state, { status: 'ready', measured: answer.measured });
    } else if (answer.kind === 'difference' && id === latest.difference) bitmaps.difference = answer.bitmap;
  };
  const worker = useWorker<PictureRequest, PictureAnswer>(
    () => new Worker(new URL('./picture.worker.ts', import.meta.url), { type: 'module' }),
    take,
    () => {
      forgetResults();
      delete bitmaps.original;
      fail(WORKER_FAILED);
    },
  );

  return {
    state,
    bitmaps,
    results,
    open(file: Blob, next: ReduceOptions) {
      options = next;
      Object.assign(state, { status: 'opening', message: '', progress: 0 });
      ask({ kind: 'open', file });
    },
    reduce(next: ReduceOptions) {
      options = next;
      // A picture that is being opened is reduced once it is there.
      if (bitmaps.original !== undefined && state.status !== 'opening') startReducing(next);
    },
    fail,
    showDifference: (sides: readonly [Side, Side]) => ask({ kind: 'difference', sides }),
    /** Hands the visitor one method's result as a PNG file of this name. */
    save: (method: ComparedMethod, name: string) => ask({ kind: 'encode', method, name }),
  };
}
