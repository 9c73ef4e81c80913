/** The visitor's .onnx: its poolings, swapped, run before and after, and downloaded. */
import { defineComponent, reactive, watch } from 'vue';
import { CLOTHES } from '../network/clothes.ts';
import { BETA_CODEC, BetaSlider, PAPER_BETA } from '../parts/BetaSlider.tsx';
import { Choice } from '../parts/Choice.tsx';
import { CodeOf, type Snippet } from '../parts/CodeOf.tsx';
import { shellFile, shellWord } from '../parts/code-words.ts';
import { download } from '../parts/download.ts';
import { FileButton, useFile } from '../parts/FileButton.tsx';
import { counted } from '../parts/format-number.ts';
import './own-model.css';
import { siteFile } from '../parts/site-file.ts';
import { choiceCodec, useUrlState } from '../parts/url-state.ts';
import { megabytes, type VisitorError } from '../parts/visitor-file.ts';
import { ModelRun } from './ModelRun.tsx';
import { type FilledInput, MOST_BYTES, REPLACED, type Replaced, type SwapChoices } from './messages.ts';
import { PoolingTable } from './PoolingTable.tsx';
import { useModel } from './use-model.ts';

const KINDS = Object.keys(REPLACED) as readonly Replaced[];
const WINDOWS = ['paper', 'same'] as const;

/** Drop or choose a model. */
export default defineComponent(() => {
  const from = useUrlState<Replaced>('swap-from', 'max', choiceCodec(KINDS));
  const window = useUrlState<SwapChoices['window']>('swap-window', 'paper', choiceCodec(WINDOWS));
  const beta = useUrlState('swap-beta', PAPER_BETA, BETA_CODEC);
  const sizes = reactive(new Map<string, number>());
  const { state, swapped, result, open, swap, run, stop } = useModel();

  const choices = (): SwapChoices => ({ from: from.value, window: window.value, beta: beta.value });
  watch([from, window, beta], () => swap(choices()));
  let files = 0;
  const openFile = (file: File) => {
    files += 1;
    sizes.clear();
    open(file, choices());
  };
  const { isOver, problem, choose, handlers } = useFile(openFile);
  const openExample = async () => {
    const before = files;
    const file = await siteFile(CLOTHES.model, 'The network').catch((error: unknown) => error as VisitorError);
    // A file that was chosen meanwhile stays.
    if (files !== before) return;
    if (file instanceof Blob) choose(new File([file], 'clothes.onnx'));
    else problem.value = file.message;
  };

  return () => {
    const report = swapped.value?.report ?? [];
    const replaced = report.filter(({ action }) => action === 'replaced').length;
    const name = state.name || 'model.onnx';
    const newName = `${name.replace(/\.onnx$/i, '')}-soft.onnx`;
    const isSwapped = state.status === 'ready' || state.status === 'running';
    const whyNot = swapped.value ? whyNotRun(swapped.value.external, replaced) : '';
    return (
      <section class={{ instrument: true, over: isOver.value }} id="instrument-model" aria-label="Your own model" {...handlers}>
        <div class="actions">
          <FileButton text="Choose an .onnx" accept=".onnx" onFile={choose} />
          <button type="button" onClick={() => void openExample()}>
            Take the network above
          </button>
          <span class="note">or drop a file, at most {megabytes(MOST_BYTES)}. It stays in this page: nothing is uploaded.</span>
        </div>
        <div class="controls">
          <Choice id="swap-from" label="Replace" choices={KINDS} model={from} />
          <Choice id="swap-window" label="Window in place of 3×3/2" choices={WINDOWS} model={window} />
        </div>
        <BetaSlider id="swap" model={beta} />
        <div class="status" role="status">
          {state.status === 'failed' || problem.value ? (
            <p class="problem">{problem.value || state.message}</p>
          ) : state.status === 'swapping' ? (
            <progress aria-label="Swapping the poolings" />
          ) : (
            <p class="note">{swapped.value ? `${state.name}: ${aboutReport(report.length, replaced)}` : 'No model is open.'}</p>
          )}
        </div>
        {state.status !== 'failed' && report.length > 0 && <PoolingTable report={report} />}
        <div class="actions">
          {state.status === 'running' ? (
            <button type="button" onClick={stop}>
              Stop
            </button>
          ) : (
            <button type="button" class="primary" disabled={state.status !== 'ready' || whyNot !== ''} onClick={() => run(new Map(sizes))}>
              Run before and after
            </button>
          )}
          <button
            type="button"
            disabled={!isSwapped || replaced === 0}
            onClick={() => swapped.value && download(swapped.value.model, newName)}
          >
            Download {swapped.value ? newName : 'the new model'}
          </button>
          <span class="note">{whyNot || 'ONNX Runtime, 14 MB, is loaded for the first run and kept.'}</span>
        </div>
        <ModelRun result={result.value} isRunning={state.status === 'running'} sizes={sizes} />
        <CodeOf snippets={snippets(name, newName, choices(), result.value?.inputs ?? [])} />
      </section>
    );
  };
});

function aboutReport(poolings: number, replaced: number): string {
  if (poolings === 0) return 'the model has no pooling, so there is nothing to swap. Choose another.';
  const all = counted(poolings, 'pooling');
  return replaced === 0 ? `${all}, none of which is replaced. The table says why.` : `${all}, ${replaced} of them replaced.`;
}

/** Why both models cannot be compared here, or nothing. */
function whyNotRun(external: readonly string[], replaced: number): string {
  if (external.length > 0)
    return `Its weights are in other files (${external[0]}), which this page does not have. Run softpool check beside them.`;
  return replaced === 0 ? 'Nothing is replaced, so both models are the same.' : '';
}

function snippets(name: string, newName: string, { from, window, beta }: SwapChoices, inputs: readonly FilledInput[]): readonly Snippet[] {
  const kinds = REPLACED[from].map((kind) => `'${kind}'`).join(', ');
  const code = `import { readFile, writeFile } from 'node:fs/promises';
import { swapPooling } from '@softpool/onnx';

const options = { from: [${kinds}], window: '${window}', beta: ${beta} } as const;
const { model, report } = swapPooling(await readFile(${JSON.stringify(name)}), options);
await writeFile(${JSON.stringify(newName)}, model);
console.table(report);
`;
  const [before, after] = [name, newName].map(shellFile);
  const command = `softpool swap ${before} -o ${after} --from ${REPLACED[from].join(' ')} --window ${window} --beta ${beta}
softpool check ${before} ${after}${sizesOf(inputs)}
`;
  return [
    { language: 'TypeScript', code },
    { language: 'Command', code: command },
  ];
}

/** The flags for inputs whose sizes the model leaves open: those of the run that is shown. */
function sizesOf(inputs: readonly FilledInput[]): string {
  const filled = inputs.filter(({ open }) => open.length > 0);
  return filled.map(({ name, shape }) => ` --input-size=${shellWord(`${name}=${shape.join('x')}`)}`).join('');
}
