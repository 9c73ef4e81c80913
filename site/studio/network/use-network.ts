/** The network's worker, and what it found last, as state of the page. */
import { reactive, shallowRef } from 'vue';
import { useWorker } from '../parts/use-worker.ts';
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
  let next: NetworkRequest | undefined;

  const isBusy = () => state.status === 'loading' || state.status === 'running';
  const send = (request: NetworkRequest) => {
    state.status = runs.value === undefined ? 'loading' : 'running';
    worker.ask(request);
  };
  /** Forgets what was found too: it is not of the picture and β that are chosen now. */
  const fail = (message: string) => {
    worker.end();
    [runs.value, next] = [undefined, undefined];
    Object.assign(state, { status: 'failed', message });
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
  const worker = useWorker<NetworkRequest, NetworkAnswer>(
    () => new Worker(new URL('./network.worker.ts', import.meta.url), { type: 'module' }),
    take,
    () => fail(WORKER_FAILED),
  );

  return {
    state,
    runs,
    run(request: NetworkRequest) {
      if (isBusy()) next = request;
      else send(request);
    },
  };
}
