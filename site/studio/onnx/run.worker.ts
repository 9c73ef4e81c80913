/**
 * Runs a model before and after its poolings were swapped, one after the other, on one input. The
 * page ends this worker after each run, so no memory of it stays.
 */
import { driftMeter, type NamedTensors } from '@softpool/onnx/internal';
import { timed } from '../parts/timed.ts';
import { VisitorError } from '../parts/visitor-file.ts';
import { feedsOf, filledInputs } from './inputs.ts';
import type { FilledInput, RunAnswer, RunRequest } from './messages.ts';
import { openSession } from './runtime.ts';

let inputs: readonly FilledInput[] = [];

addEventListener('message', (event: MessageEvent<RunRequest>) => {
  runBoth(event.data).then(answer, (error: unknown) => answer({ kind: 'failed', message: inWords(error), inputs }));
});

async function runBoth({ before, after, sizes }: RunRequest): Promise<RunAnswer> {
  const original = await run(before, sizes);
  const swapped = await run(after, sizes);
  const meter = driftMeter();
  meter.add(original.outputs, swapped.outputs);
  const note = crossOriginIsolated
    ? 'On wasm, with threads.'
    : 'On wasm, on one thread: this page is not isolated. Reload it once: after the first visit it is.';
  return { kind: 'ran', inputs, outputs: meter.drifts(), milliseconds: [original.milliseconds, swapped.milliseconds], note };
}

interface Run {
  readonly outputs: NamedTensors;
  readonly milliseconds: number;
}

async function run(model: Blob, sizes: RunRequest['sizes']): Promise<Run> {
  const session = await openSession(new Uint8Array(await model.arrayBuffer()));
  inputs = filledInputs(session, sizes);
  const feeds = feedsOf(inputs);
  const results = await session.run(feeds);
  const [, milliseconds] = await timed(() => session.run(feeds));
  await session.release();
  const outputs = Object.fromEntries(Object.entries(results).map(([name, { type, data, dims }]) => [name, { type, data, shape: dims }]));
  return { outputs, milliseconds };
}

function inWords(error: unknown): string {
  if (error instanceof VisitorError) return error.message;
  const said = error instanceof Error ? error.message : String(error);
  return `This model cannot run here: ${said.trim()}. Enter other sizes, or run softpool check, which takes inputs of yours.`;
}

function answer(message: RunAnswer): void {
  postMessage(message);
}
