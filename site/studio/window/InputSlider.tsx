/** An input of a window as a bar that one drags, from zero to its value. */
import type { VNode } from 'vue';
import { formatNumber } from '../parts/format-number.ts';
import { Slider } from '../parts/Slider.tsx';

interface InputSliderProps {
  readonly label: string;
  readonly value: number;
  readonly domain: readonly [least: number, most: number];
  /** How strongly the bar is drawn, 0 to 1: the weight of the input. */
  readonly strength: number;
  readonly onChange: (value: number) => void;
}

/** The bar. Arrow keys move it too. */
export function InputSlider({ label, value, domain: [least, most], strength, onChange }: InputSliderProps): VNode {
  return (
    <Slider
      class="input-slider"
      aria-label={label}
      aria-valuetext={formatNumber(value)}
      value={value}
      least={least}
      most={most}
      step={0.1}
      from={0}
      style={{ '--strength': 0.2 + 0.8 * strength }}
      onChange={onChange}
    />
  );
}

/** The ends of the bars: round numbers on both sides of the inputs, and of zero if it is near. */
export function domainOf(inputs: readonly number[]): readonly [least: number, most: number] {
  const [smallest, largest] = [Math.min(...inputs), Math.max(...inputs)];
  const center =
    smallest > 100 ? Math.round((smallest + largest) / 200) * 100 : largest < -100 ? Math.round((smallest + largest) / 200) * 100 : 0;
  return [Math.min(center - 6, Math.floor(smallest)), Math.max(center + 6, Math.ceil(largest))];
}
