/** The visitor's model, its poolings, and the run of both models, as state of the page. */
import type { PoolingChange } from '@softpool/onnx';
import { onUnmounted, reactive, shallowRef } from 'vue';
import type { RunAnswer, RunRequest, SwapAnswer, SwapChoices, SwapRequest } from './messages.ts';

/** What the page knows. */
interface State {
  status: 'empty' | 'opening' | 'ready' | 'running' | 'failed';
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
  let swapper: Worker | undefined;
  let runner: Worker | undefined;
  let latest = 0;

  const fail = (message: string) => Object.assign(state, { status: 'failed', message });
  const stop = () => {
    runner?.terminate();
    runner = undefined;
    if (state.status === 'running') state.status = 'ready';
  };
  const startSwapper = () => {
    const started = new Worker(new URL('./swap.worker.ts', import.meta.url), { type: 'module' });
    started.addEventListener('message', ({ data }: MessageEvent<SwapAnswer>) => take(data));
    started.addEventListener('error', () => {
      swapper = undefined;
      fail('The worker of this page could not start or ran out of memory. Reload the page, or choose a smaller model.');
    });
    return started;
  };
  const take = (answer: SwapAnswer) => {
    if (answer.id !== latest) return;
    if (answer.kind === 'failed') {
      fail(answer.message);
      return;
    }
    const { report, swapped: model, external } = answer;
    swapped.value = { report, model, external };
    Object.assign(state, { status: 'ready', message: '' });
  };
  const swap = (choices: SwapChoices) => {
    if (file === undefined) return;
    stop();
    result.value = undefined;
    swapper ??= startSwapper();
    latest += 1;
    swapper.postMessage({ id: latest, file, choices } satisfies SwapRequest);
  };
  onUnmounted(() => {
    swapper?.terminate();
    stop();
  });

  return {
    state,
    swapped,
    result,
    open(next: File, choices: SwapChoices) {
      file = next;
      swapped.value = undefined;
      Object.assign(state, { status: 'opening', message: '', name: next.name });
      swap(choices);
    },
    swap,
    stop,
    run(sizes: Readonly<Record<string, number>>) {
      const model = swapped.value?.model;
      if (file === undefined || model === undefined) return;
      stop();
      result.value = undefined;
      state.status = 'running';
      runner = new Worker(new URL('./run.worker.ts', import.meta.url), { type: 'module' });
      const end = (answer: RunAnswer) => {
        stop();
        result.value = answer;
      };
      runner.addEventListener('message', ({ data }: MessageEvent<RunAnswer>) => end(data));
      runner.addEventListener('error', () =>
        end({
          kind: 'failed',
          message: 'ONNX Runtime could not start, or ran out of memory. Use softpool check for this model.',
          inputs: [],
        }),
      );
      runner.postMessage({ before: file, after: model, sizes } satisfies RunRequest);
    },
  };
}
