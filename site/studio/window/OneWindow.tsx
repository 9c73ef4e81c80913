/** One window with all its arithmetic. */
import { defineComponent, shallowRef } from 'vue';
import { BetaSlider } from '../parts/BetaSlider.tsx';
import { Choice } from '../parts/Choice.tsx';
import { CodeOf, type Snippet } from '../parts/CodeOf.tsx';
import { formatNumber } from '../parts/format-number.ts';
import { pytorch } from '../parts/pytorch.ts';
import { domainOf, InputSlider } from './InputSlider.tsx';
import { NumberLine } from './NumberLine.tsx';
import { Presets } from './Presets.tsx';
import { type WindowNumbers, windowNumbers } from './window-numbers.ts';
import { SHAPES, sidesOf, useWindow, type WindowShape } from './window-state.ts';

/** Bars to drag; weights and the output follow. */
export default defineComponent(() => {
  const state = useWindow();
  /** The ends of the bars while one is dragged: they must not move below the pointer. */
  const held = shallowRef<ReturnType<typeof domainOf>>();
  const hold = () => {
    held.value = domainOf(state.inputs());
    const release = new AbortController();
    const letGo = () => {
      release.abort();
      held.value = undefined;
    };
    for (const end of ['pointerup', 'pointercancel']) addEventListener(end, letGo, { signal: release.signal });
  };
  return () => {
    const inputs = state.inputs();
    const beta = state.beta.value;
    const numbers = windowNumbers(inputs, beta);
    const domain = held.value ?? domainOf(inputs);
    return (
      <section class="instrument" id="instrument-window" aria-label="One window">
        <div class="controls">
          <Choice id="window-shape" label="Window" choices={SHAPES} model={state.shape} />
          <Presets onChoose={state.setPreset} />
        </div>
        <BetaSlider id="window" model={state.beta} />
        <div class="wide-table">
          <table class="arithmetic">
            <thead>
              <tr>
                <th scope="col">drag</th>
                <th scope="col">x</th>
                <th scope="col">
                  e<sup>βx</sup>
                </th>
                <th scope="col">weight</th>
                <th scope="col">weight · x</th>
              </tr>
            </thead>
            <tbody>
              {inputs.map((value, index) => (
                <tr key={index}>
                  <td onPointerdown={hold}>
                    <InputSlider
                      label={`Input ${index + 1}`}
                      value={value}
                      domain={domain}
                      strength={numbers.weights[index] ?? 0}
                      onChange={(next) => state.setInput(index, next)}
                    />
                  </td>
                  <td>
                    <input
                      class="number-field"
                      type="number"
                      aria-label={`Value of input ${index + 1}`}
                      step="any"
                      value={value}
                      onChange={(event) => {
                        const field = event.target as HTMLInputElement;
                        state.setInput(index, field.valueAsNumber);
                        // What cannot be used is replaced by what is.
                        field.value = String(state.inputs()[index]);
                      }}
                    />
                  </td>
                  <td>{formatNumber(numbers.exponentials[index] ?? 0)}</td>
                  <td class="under" style={{ '--part': numbers.weights[index] }} data-weight>
                    {formatNumber(numbers.weights[index] ?? 0)}
                  </td>
                  <td>{formatNumber(numbers.products[index] ?? 0)}</td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row" colspan={2}>
                  sum
                </th>
                <td>{formatNumber(numbers.exponentials.reduce((sum, each) => sum + each, 0))}</td>
                <td>1</td>
                <td>
                  <b>y = {formatNumber(numbers.soft)}</b>
                </td>
              </tr>
            </tfoot>
          </table>
        </div>
        <NumberLine inputs={inputs} numbers={numbers} domain={domain} />
        <p class="note">
          The same formula as it is written, in float32, gives <b data-as-written>{formatNumber(numbers.asWritten)}</b>.{' '}
          {whyAsWritten(numbers)}
        </p>
        <CodeOf snippets={snippets(inputs, state.shape.value, beta)} />
      </section>
    );
  };
});

/** The smallest number of which float32 has all digits. */
const LEAST_NORMAL = 2 ** -126;

/** Why the formula as it is written gives what it gives. */
function whyAsWritten(numbers: WindowNumbers): string {
  const problem = problemAsWritten(numbers);
  return problem === undefined ? 'It overflows from βx ≈ 89 on.' : `${problem} This library subtracts the largest input first.`;
}

function problemAsWritten({ asWritten, sumAsWritten, exponentials }: WindowNumbers): string | undefined {
  const largest = Math.max(...exponentials);
  if (Math.fround(largest) === Number.POSITIVE_INFINITY) return 'An exponential overflows, and the original code returns NaN too.';
  if (sumAsWritten === Number.POSITIVE_INFINITY) return 'The exponentials are finite, but their sum overflows.';
  if (Number.isNaN(asWritten)) return 'All exponentials round to 0, and 0/0 is NaN.';
  if (!Number.isFinite(asWritten)) return 'The exponentials are finite, but their products with x overflow.';
  return largest < LEAST_NORMAL ? 'Its exponentials are so small that float32 keeps few digits of them.' : undefined;
}

function snippets(inputs: readonly number[], shape: WindowShape, beta: number): readonly Snippet[] {
  const [rows, columns] = sidesOf(shape);
  const code = `import { softPool2d } from 'softpool';

const x = { data: Float64Array.of(${inputs.join(', ')}), shape: [1, ${rows}, ${columns}] }; // [C, H, W]
const y = softPool2d(x, { kernelSize: [${rows}, ${columns}], beta: ${beta} });
console.log(y.data);
`;
  const call = `x = torch.tensor([${inputs.join(', ')}], dtype=torch.float64).reshape(1, 1, ${rows}, ${columns})
print(soft_pool2d(x, (${rows}, ${columns}), beta=${beta}))`;
  return [
    { language: 'TypeScript', code },
    { language: 'PyTorch', code: pytorch(call) },
  ];
}
