/** Point at an output: its window lights. Point at an input: every output that it feeds lights. */
import { computed, defineComponent } from 'vue';
import { BETA_CODEC, BetaSlider, PAPER_BETA } from '../parts/BetaSlider.tsx';
import { CodeOf, type Snippet } from '../parts/CodeOf.tsx';
import { counted, formatNumber } from '../parts/format-number.ts';
import { pytorch } from '../parts/pytorch.ts';
import { type Codec, useUrlState } from '../parts/url-state.ts';
import { CellGrid } from './CellGrid.tsx';
import { connectionsOf, INPUT, SIDE, WINDOWS } from './connection-weights.ts';

interface Selection {
  readonly of: 'input' | 'output';
  readonly index: number;
}

const OUTPUTS = ((SIDE - WINDOWS.kernelSize) / WINDOWS.stride + 1) ** 2;
const selectionCodec: Codec<Selection> = {
  parse: (text) => {
    const [, of, digits] = /^(input|output)-(\d+)$/.exec(text) ?? [];
    const index = Number(digits);
    if (of === undefined || index >= (of === 'input' ? SIDE * SIDE : OUTPUTS)) return undefined;
    return { of: of as Selection['of'], index };
  },
  format: ({ of, index }) => `${of}-${index}`,
};

/** Two grids, input and output, and a sentence about what is selected. */
export default defineComponent(() => {
  const beta = useUrlState('connections-beta', PAPER_BETA, BETA_CODEC);
  const selection = useUrlState<Selection>('cell', { of: 'output', index: 4 }, selectionCodec);
  const connections = computed(() => connectionsOf(beta.value));
  const weightOf = (output: number, input: number) => {
    const weight = connections.value.weights[output]?.[input] ?? 0;
    return weight > 0 ? weight : undefined;
  };
  return () => {
    const { side, outputs } = connections.value;
    const { of, index } = selection.value;
    const inputs = Array.from(INPUT.data);
    const litInputs = inputs.map((_, input) => (of === 'output' ? weightOf(index, input) : undefined));
    const litOutputs = outputs.map((_, output) => (of === 'input' ? weightOf(output, index) : undefined));
    const select = (kind: Selection['of']) => (next: number) => {
      if (of !== kind || index !== next) selection.value = { of: kind, index: next };
    };
    return (
      <section class="instrument" id="instrument-connections" aria-label="Inputs and outputs">
        <BetaSlider id="connections" model={beta} />
        <div class="connections">
          <figure>
            <CellGrid
              label="Input"
              side={SIDE}
              values={inputs}
              lit={litInputs}
              selected={of === 'input' ? index : undefined}
              onSelect={select('input')}
            />
            <figcaption>input, 7 × 7</figcaption>
          </figure>
          <figure>
            <CellGrid
              label="Output"
              side={side}
              values={outputs}
              lit={litOutputs}
              selected={of === 'output' ? index : undefined}
              onSelect={select('output')}
            />
            <figcaption>output, windows of 3 × 3, 2 apart</figcaption>
          </figure>
        </div>
        <p class="note two-lines" role="status">
          {of === 'output' ? aboutOutput(outputs, litInputs, index) : aboutInput(inputs, litOutputs, index)}
        </p>
        <CodeOf snippets={snippets(beta.value)} />
      </section>
    );
  };
});

function snippets(beta: number): readonly Snippet[] {
  const rows = Array.from({ length: SIDE }, (_, row) => INPUT.data.subarray(row * SIDE, (row + 1) * SIDE).join(', '));
  const { kernelSize, stride } = WINDOWS;
  const code = `import { softPool2d, softPool2dGrad } from 'softpool';

const x = {
  data: Float64Array.of(
    ${rows.join(',\n    ')},
  ),
  shape: [1, ${SIDE}, ${SIDE}], // [C, H, W]
};
const options = { kernelSize: ${kernelSize}, stride: ${stride}, beta: ${beta} };
const y = softPool2d(x, options);
console.log(y.data);
for (const output of y.data.keys()) {
  const dy = { data: y.data.map((_, index) => (index === output ? 1 : 0)), shape: y.shape };
  console.log(softPool2dGrad(x, dy, options).data); // the weight of each input in this output
}
`;
  const call = `x = torch.tensor([[[
    [${rows.join('],\n    [')}],
]]], dtype=torch.float64)
print(soft_pool2d(x, ${kernelSize}, ${stride}, beta=${beta}))`;
  return [
    { language: 'TypeScript', code },
    { language: 'PyTorch', code: pytorch(call) },
  ];
}

function aboutOutput(outputs: readonly number[], lit: readonly (number | undefined)[], index: number): string {
  const largest = Math.max(...lit.map((weight) => weight ?? 0));
  return `Output ${formatNumber(outputs[index] ?? 0)} is the weighted sum of 9 inputs. The largest weight is ${formatNumber(largest)}.`;
}

function aboutInput(inputs: readonly number[], lit: readonly (number | undefined)[], index: number): string {
  const weights = lit.filter((weight) => weight !== undefined);
  const list = weights.map((weight) => formatNumber(weight)).join(', ');
  return `Input ${formatNumber(inputs[index] ?? 0)} feeds ${counted(weights.length, 'output')}, with ${weights.length === 1 ? 'weight' : 'weights'} ${list}.`;
}
