/** The visitor's model, its poolings, and the run of both models, as state of the page. */
import type { PoolingChange } from '@softpool/onnx';
import { reactive, shallowRef } from 'vue';
import { useWorker } from '../parts/use-worker.ts';
import type { RunAnswer, RunRequest, SwapAnswer, SwapChoices, SwapRequest } from './messages.ts';

/** What the page knows. */
interface State {
  /** While it is `swapping`, what was swapped before is not of the choices any more. */
  status: 'empty' | 'swapping' | 'ready' | 'running' | 'failed';
  message: string;
  name: string;
}

/** A model after its poolings were swapped. */
interface Swapped {
  readonly report: readonly PoolingChange[];
  readonly model: Blob;
  readonly external: readonly string[];
}

/** Starts no worker until a model is opened, and loads ONNX Runtime only to run. */
export function useModel() {
  const state = reactive<State>({ status: 'empty', message: '', name: '' });
  const swapped = shallowRef<Swapped>();
  const result = shallowRef<RunAnswer>();
  let file: Blob | undefined;
  let latest = 0;

  const fail = (message: string) => Object.assign(state, { status: 'failed', message });
  const take = (answer: SwapAnswer) => {
    if (answer.id !== latest) return;
    if (answer.kind === 'failed') {
      fail(answer.message);
      return;
    }
    const { report, swapped: model, external } = answer;
    swapped.value = { report, model, external };
    state.status = 'ready';
  };
  const swapper = useWorker<SwapRequest, SwapAnswer>(
    () => new Worker(new URL('./swap.worker.ts', import.meta.url), { type: 'module' }),
    take,
    () => fail('The worker of this page could not start or ran out of memory. Reload the page, or choose a smaller model.'),
  );
  const stop = () => {
    runner.end();
    if (state.status === 'running') state.status = 'ready';
  };
  const finish = (answer: RunAnswer) => {
    stop();
    result.value = answer;
  };
  const runner = useWorker<RunRequest, RunAnswer>(
    () => new Worker(new URL('./run.worker.ts', import.meta.url), { type: 'module' }),
    finish,
    () => {
      const message = 'ONNX Runtime could not start, or ran out of memory. Use softpool check for this model.';
      finish({ kind: 'failed', message, inputs: [] });
    },
  );
  const swap = (choices: SwapChoices) => {
    if (file === undefined) return;
    stop();
    result.value = undefined;
    state.status = 'swapping';
    latest += 1;
    swapper.ask({ id: latest, file, choices });
  };

  return {
    state,
    swapped,
    result,
    open(next: File, choices: SwapChoices) {
      file = next;
      swapped.value = undefined;
      state.name = next.name;
      swap(choices);
    },
    swap,
    stop,
    run(sizes: RunRequest['sizes']) {
      const model = swapped.value?.model;
      if (file === undefined || model === undefined) return;
      stop();
      result.value = undefined;
      state.status = 'running';
      runner.ask({ before: file, after: model, sizes });
    },
  };
}
