/** The network's worker, and what it found last, as state of the page. */
import { onUnmounted, reactive, shallowRef } from 'vue';
import { WORKER_FAILED } from '../parts/worker-failed.ts';
import type { NetworkAnswer, NetworkRequest, NetworkRun } from './messages.ts';

/** What the page knows. */
interface State {
  status: 'idle' | 'loading' | 'running' | 'ready' | 'failed';
  message: string;
}

/** Starts no worker until it is asked to run. Of the requests while it runs, the last counts. */
export function useNetwork() {
  const state = reactive<State>({ status: 'idle', message: '' });
  const runs = shallowRef<Readonly<Record<'max' | 'soft', NetworkRun>>>();
  let worker: Worker | undefined;
  let next: NetworkRequest | undefined;

  const isBusy = () => state.status === 'loading' || state.status === 'running';
  const send = (request: NetworkRequest) => {
    worker ??= startWorker();
    state.status = runs.value === undefined ? 'loading' : 'running';
    worker.postMessage(request);
  };
  const startWorker = () => {
    const started = new Worker(new URL('./network.worker.ts', import.meta.url), { type: 'module' });
    started.addEventListener('message', ({ data }: MessageEvent<NetworkAnswer>) => take(data));
    started.addEventListener('error', () => fail(WORKER_FAILED));
    return started;
  };
  const fail = (message: string) => {
    Object.assign(state, { status: 'failed', message });
    worker?.terminate();
    worker = undefined;
    next = undefined;
  };
  const take = (answer: NetworkAnswer) => {
    if (answer.kind === 'failed') {
      fail(answer.message);
      return;
    }
    runs.value = answer.runs;
    state.status = 'ready';
    const waiting = next;
    next = undefined;
    if (waiting) send(waiting);
  };
  onUnmounted(() => worker?.terminate());

  return {
    state,
    runs,
    run(request: NetworkRequest) {
      if (isBusy()) next = request;
      else send(request);
    },
  };
}
