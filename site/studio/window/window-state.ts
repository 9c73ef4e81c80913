/** The window that "One window" and "The gradient" share. */
import { type Ref, ref } from 'vue';
import { BETA_CODEC, PAPER_BETA } from '../parts/BetaSlider.tsx';
import { choiceCodec, numbersCodec, useUrlState } from '../parts/url-state.ts';

/** Rows × columns of a window. */
export const SHAPES = ['1×2', '1×3', '2×2', '2×3', '3×3'] as const;
export type WindowShape = (typeof SHAPES)[number];

/** Windows to begin with. */
export const PRESETS: readonly { readonly text: string; readonly inputs: readonly number[]; readonly shape: WindowShape }[] = [
  { text: '0, 1, 2, 3', inputs: [0, 1, 2, 3], shape: '2×2' },
  { text: 'Outlier', inputs: [0.2, 0.4, 0.1, 5], shape: '2×2' },
  { text: 'Two equal maxima', inputs: [3, 0, 1, 3], shape: '2×2' },
  { text: 'Negative values', inputs: [-4, -1, -2, -3], shape: '2×2' },
  { text: 'x = 1000', inputs: [1000, 1001, 999, 1002], shape: '2×2' },
];

const INITIAL = [0, 1, 2, 3];
/** What a larger window is filled with. */
const MORE = [0.5, 1.5, 2.5, -0.5, -1];
const LARGEST = 1e6;

const inputs: Ref<readonly number[]> = ref(INITIAL);
const shape: Ref<WindowShape> = ref('2×2');
const beta = ref(PAPER_BETA);

/** The state, kept in the address. */
export function useWindow() {
  useUrlState('shape', '2×2', choiceCodec(SHAPES), shape);
  useUrlState('x', INITIAL, numbersCodec(-LARGEST, LARGEST, 9), inputs);
  useUrlState('beta', PAPER_BETA, BETA_CODEC, beta);
  const setInputs = (next: readonly number[]) => {
    inputs.value = next.map((value) => Math.min(LARGEST, Math.max(-LARGEST, value)));
  };
  return {
    shape,
    beta,
    /** As many inputs as the shape has, whatever the address says. */
    inputs: () => resized(inputs.value, shape.value),
    setInputs,
    setInput(index: number, value: number) {
      if (Number.isFinite(value)) setInputs(resized(inputs.value, shape.value).with(index, value));
    },
    setPreset(preset: (typeof PRESETS)[number]) {
      inputs.value = preset.inputs;
      shape.value = preset.shape;
    },
  };
}

/** Rows and columns of a shape. */
export function sidesOf(name: WindowShape): readonly [rows: number, columns: number] {
  const [rows = 1, columns = 1] = name.split('×').map(Number);
  return [rows, columns];
}

function resized(values: readonly number[], name: WindowShape): readonly number[] {
  const [rows, columns] = sidesOf(name);
  return Array.from({ length: rows * columns }, (_, index) => values[index] ?? MORE[index - 4] ?? 0);
}
