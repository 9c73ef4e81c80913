/** The visitor's clip and its pooled frames, as state of the page. */
import { reactive, shallowRef } from 'vue';
import { useWorker } from '../parts/use-worker.ts';
import { WORKER_FAILED } from '../parts/worker-failed.ts';
import type { ClipAnswer, ClipRequest, Frames, PooledFrames, TimeWindows } from './messages.ts';

/** What the page knows. */
interface State {
  status: 'empty' | 'opening' | 'ready' | 'failed';
  message: string;
  note: string;
}

/** A clip with its frames pooled over time. */
export interface ClipWithPooled {
  readonly width: number;
  readonly height: number;
  readonly frames: Frames;
  readonly pooled: PooledFrames;
  /** The windows of the pooled frames. */
  readonly windows: TimeWindows;
}

/** Starts no worker until a clip is opened. Of several windows while it works, the last count. */
export function useOwnClip() {
  const state = reactive<State>({ status: 'empty', message: '', note: '' });
  const clip = shallowRef<ClipWithPooled>();
  let opened: Extract<ClipAnswer, { kind: 'opened' }> | undefined;
  let number = 0;
  let isPooling = false;
  let next: TimeWindows | undefined;
  let windows: TimeWindows | undefined;

  type Ask<R> = R extends ClipRequest ? Omit<R, 'id'> : never;
  const ask = (request: Ask<ClipRequest>) => {
    number += 1;
    worker.ask({ ...request, id: number });
  };
  const fail = (message: string) => {
    [clip.value, opened, isPooling, next] = [undefined, undefined, false, undefined];
    Object.assign(state, { status: 'failed', message });
  };
  const pool = (wanted: TimeWindows) => {
    windows = wanted;
    if (opened === undefined) return;
    if (isPooling) next = wanted;
    else ask({ kind: 'pool', windows: wanted });
    isPooling = true;
  };
  const take = (answer: ClipAnswer) => {
    if (answer.id !== number) return;
    if (answer.kind === 'failed') {
      fail(answer.message);
    } else if (answer.kind === 'opened') {
      opened = answer;
      if (windows) pool(windows);
    } else if (opened) {
      isPooling = false;
      clip.value = { ...opened, pooled: answer.pooled, windows: answer.windows };
      Object.assign(state, { status: 'ready', note: opened.note });
      const waiting = next;
      next = undefined;
      if (waiting) pool(waiting);
    }
  };
  const worker = useWorker<ClipRequest, ClipAnswer>(
    () => new Worker(new URL('./clip.worker.ts', import.meta.url), { type: 'module' }),
    take,
    () => fail(WORKER_FAILED),
  );

  return {
    state,
    clip,
    pool,
    open(file: Blob, first: TimeWindows) {
      [opened, next, isPooling, windows] = [undefined, undefined, false, first];
      Object.assign(state, { status: 'opening', message: '', note: '' });
      ask({ kind: 'open', file });
    },
    /** Returns to the generated clip. */
    close() {
      worker.end();
      [opened, next, isPooling] = [undefined, undefined, false];
      clip.value = undefined;
      Object.assign(state, { status: 'empty', message: '', note: '' });
    },
  };
}
