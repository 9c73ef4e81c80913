/** Point at an output: its window lights. Point at an input: every output that it feeds lights. */
import { computed, defineComponent } from 'vue';
import { BETA_CODEC, BetaSlider, PAPER_BETA } from '../parts/BetaSlider.tsx';
import { counted, formatNumber } from '../parts/format-number.ts';
import { type Codec, useUrlState } from '../parts/url-state.ts';
import { CellGrid } from './CellGrid.tsx';
import { connectionsOf, INPUT, SIDE } from './connection-weights.ts';

interface Selection {
  readonly of: 'input' | 'output';
  readonly index: number;
}

const OUTPUTS = ((SIDE - 3) / 2 + 1) ** 2;
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
      </section>
    );
  };
});

function aboutOutput(outputs: readonly number[], lit: readonly (number | undefined)[], index: number): string {
  const largest = Math.max(...lit.map((weight) => weight ?? 0));
  return `Output ${formatNumber(outputs[index] ?? 0)} is the weighted sum of 9 inputs. The largest weight is ${formatNumber(largest)}.`;
}

function aboutInput(inputs: readonly number[], lit: readonly (number | undefined)[], index: number): string {
  const weights = lit.filter((weight) => weight !== undefined);
  const list = weights.map((weight) => formatNumber(weight)).join(', ');
  return `Input ${formatNumber(inputs[index] ?? 0)} feeds ${counted(weights.length, 'output')}, with ${weights.length === 1 ? 'weight' : 'weights'} ${list}.`;
}
