/** What the models before and after made of one input. */
import type { Drift } from '@softpool/onnx/internal';
import type { VNode } from 'vue';
import { formatNumber } from '../parts/format-number.ts';
import type { FilledInput, RunAnswer } from './messages.ts';

interface ModelRunProps {
  readonly result: RunAnswer | undefined;
  readonly isRunning: boolean;
  /** Sizes of open axes, by name; the visitor changes them here. */
  readonly sizes: Map<string, number>;
}

/** The inputs with fields for open sizes, and a table of the outputs. */
export function ModelRun({ result, isRunning, sizes }: ModelRunProps): VNode {
  const inputs = result?.inputs ?? [];
  const open = [...new Set(inputs.flatMap((input) => input.open))];
  return (
    <div class="model-run">
      <div class="status" role="status">
        {isRunning ? (
          <progress aria-label="Running both models" />
        ) : result?.kind === 'failed' ? (
          <p class="problem">{result.message}</p>
        ) : (
          <p class="note">{result ? `${result.note} ${inputsInWords(inputs)} ${timesInWords(result.milliseconds)}` : ' '}</p>
        )}
      </div>
      {open.length > 0 && (
        <fieldset class="open-sizes">
          <legend>The model leaves these sizes open. Enter yours and run it again.</legend>
          {open.map((axis) => (
            <label key={axis}>
              {axis}{' '}
              <input
                class="number-field"
                type="number"
                min={1}
                step={1}
                value={sizes.get(axis) ?? 1}
                onChange={(event) => {
                  const field = event.target as HTMLInputElement;
                  const size = field.valueAsNumber;
                  if (Number.isInteger(size) && size > 0) sizes.set(axis, size);
                  // What cannot be used is replaced by what is.
                  field.value = String(sizes.get(axis) ?? 1);
                }}
              />
            </label>
          ))}
        </fieldset>
      )}
      {result?.kind === 'ran' && (
        <section class="wide-table" tabindex={0} aria-label="Outputs of both models">
          <table class="outputs-compared">
            <thead>
              <tr>
                <th scope="col">output</th>
                <th scope="col">shape</th>
                <th scope="col">largest difference</th>
                <th scope="col">RMS difference</th>
                <th scope="col">same top-1</th>
              </tr>
            </thead>
            <tbody>{result.outputs.map(outputRow)}</tbody>
          </table>
        </section>
      )}
    </div>
  );
}

function outputRow({ output, shape, largest, relative, sameTop1 }: Drift): VNode {
  return (
    <tr key={output} data-output={output}>
      <th scope="row">{output}</th>
      <td>{shape.join(' × ')}</td>
      <td data-largest>{largest === null ? 'not compared' : formatNumber(largest)}</td>
      <td data-relative>{relative === null ? '' : `${formatNumber(relative * 100, 3)} %`}</td>
      <td>{sameTop1 ? `${sameTop1.same} of ${sameTop1.rows}` : ''}</td>
    </tr>
  );
}

function inputsInWords(inputs: readonly FilledInput[]): string {
  const shapes = inputs.map(({ name, shape }) => `${name}, ${shape.join(' × ') || 'one number'}`).join('; ');
  const zeros = inputs.some(({ type }) => !type.startsWith('float'))
    ? ' Integers are 0, since they may be indices: run softpool check --inputs with yours.'
    : '';
  return `Input: random numbers (${shapes}).${zeros}`;
}

function timesInWords([before, after]: readonly [number, number]): string {
  return `One run took ${formatNumber(before, 3)} ms before and ${formatNumber(after, 3)} ms after.`;
}
