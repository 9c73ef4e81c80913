/** Where a pull at the output goes: the gradients of max, average and soft pooling, and the check. */
import { computed, defineComponent, ref } from 'vue';
import { CodeOf, type Snippet } from '../parts/CodeOf.tsx';
import { formatNumber } from '../parts/format-number.ts';
import { pytorch } from '../parts/pytorch.ts';
import { Presets } from './Presets.tsx';
import { differencesOf, gradientOf, outputOf } from './window-numbers.ts';
import { sidesOf, useWindow, type WindowShape } from './window-state.ts';

/** How far a pull moves the inputs: x + STEP · dy/dx. */
const STEP = 0.25;

type Method = 'max' | 'average' | 'paper' | 'exact';

const METHODS: readonly { readonly method: Method; readonly text: string; readonly says: string }[] = [
  { method: 'max', text: 'max', says: 'All to one input' },
  { method: 'average', text: 'average', says: 'The same to each' },
  { method: 'paper', text: "soft, the paper's", says: 'Never zero' },
  { method: 'exact', text: 'soft, exact', says: 'May be negative' },
];

/** Bars for the gradient of each method. Pulling moves the inputs along one of them. */
export default defineComponent(() => {
  const state = useWindow();
  const pulledBy = ref<Method>('paper');
  const gradients = computed(() => {
    const inputs = state.inputs();
    const beta = state.beta.value;
    const largest = inputs.indexOf(Math.max(...inputs));
    return {
      max: inputs.map((_, index) => (index === largest ? 1 : 0)),
      average: gradientOf(inputs, 0, 'weights'),
      paper: gradientOf(inputs, beta, 'weights'),
      exact: gradientOf(inputs, beta, 'exact'),
    };
  });
  const pull = (direction: 1 | -1) => {
    const gradient = gradients.value[pulledBy.value];
    state.setInputs(state.inputs().map((x, index) => rounded(x + direction * STEP * (gradient[index] ?? 0))));
  };
  return () => {
    const inputs = state.inputs();
    const beta = state.beta.value;
    const differences = differencesOf(inputs, beta);
    const all = Object.values(gradients.value).flat();
    const [least, most] = [Math.min(0, ...all), Math.max(1, ...all)];
    const at = (value: number) => ((value - least) / (most - least)) * 100;
    return (
      <section class="instrument" id="instrument-gradient" aria-label="The gradient of one window">
        <div class="controls">
          <Presets onChoose={state.setPreset} />
          <div class="pull">
            <button type="button" class="primary" onClick={() => pull(1)}>
              Pull y up
            </button>
            <button type="button" onClick={() => pull(-1)}>
              Push y down
            </button>
            <label>
              along{' '}
              <select
                onChange={(event) => {
                  pulledBy.value = (event.target as HTMLSelectElement).value as Method;
                }}
              >
                {METHODS.map(({ method, text }) => (
                  <option key={method} value={method} selected={method === pulledBy.value}>
                    {text}
                  </option>
                ))}
              </select>
            </label>
            <output>
              y = <b data-output>{formatNumber(outputOf(inputs, beta))}</b>
            </output>
          </div>
        </div>
        <div class="gradients">
          {METHODS.map(({ method, text, says }) => (
            <table key={method} class={`gradient ${method}`}>
              <caption>
                <b>{text}</b>
                <span>{says}</span>
              </caption>
              <thead class="visually-hidden">
                <tr>
                  <th scope="col">input</th>
                  <th scope="col" colspan={2}>
                    dy/dx
                  </th>
                </tr>
              </thead>
              <tbody>
                {inputs.map((x, index) => {
                  const value = gradients.value[method][index] ?? 0;
                  const [from, to] = [at(0), at(value)].sort((one, other) => one - other);
                  return (
                    <tr key={index}>
                      <th scope="row">{formatNumber(x)}</th>
                      <td>
                        <i class="extent" style={{ '--zero': `${at(0)}%`, '--from': `${from}%`, '--to': `${to}%` }} />
                      </td>
                      <td class={{ negative: value < 0 }} data-gradient>
                        {formatNumber(value)}
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          ))}
        </div>
        <p class="note">
          Checked live by moving each input a little: (y(x + h) − y(x − h)) / 2h ={' '}
          <span data-differences>{differences.map((value) => formatNumber(value)).join(', ')}</span>. This is the exact gradient.
        </p>
        <CodeOf snippets={snippets(inputs, state.shape.value, beta)} />
      </section>
    );
  };
});

/** A moved input, short enough for its field. Of large numbers, a pull changes the decimals only. */
function rounded(x: number): number {
  return Number(Math.abs(x) < 1000 ? x.toPrecision(6) : x.toFixed(2));
}

function snippets(inputs: readonly number[], shape: WindowShape, beta: number): readonly Snippet[] {
  const [rows, columns] = sidesOf(shape);
  const options = `{ kernelSize: [${rows}, ${columns}], beta: ${beta} }`;
  const code = `import { softPool2dGrad } from 'softpool';

const x = { data: Float64Array.of(${inputs.join(', ')}), shape: [1, ${rows}, ${columns}] };
const dy = { data: Float64Array.of(1), shape: [1, 1, 1] };
console.log(softPool2dGrad(x, dy, ${options}).data); // the paper's
console.log(softPool2dGrad(x, dy, { ...${options}, gradient: 'exact' }).data);
`;
  const call = `x = torch.tensor([${inputs.join(', ')}], dtype=torch.float64, requires_grad=True)
soft_pool2d(x.reshape(1, 1, ${rows}, ${columns}), (${rows}, ${columns}), beta=${beta}).sum().backward()
print(x.grad)  # the exact gradient`;
  return [
    { language: 'TypeScript', code },
    { language: 'PyTorch', code: pytorch(call) },
  ];
}
