/** A slider whose track is filled up to its value, from the left end or from another value. */
import { defineComponent } from 'vue';

interface SliderProps {
  readonly id?: string;
  readonly value: number;
  /** The value at the left end. Default 0. */
  readonly least?: number;
  /** The value at the right end. */
  readonly most: number;
  /** Default 1. */
  readonly step?: number;
  /** Where the fill begins. Default `least`. */
  readonly from?: number;
  readonly onChange: (value: number) => void;
}

/** The slider. Further attributes are the input's. */
export const Slider = defineComponent(
  (props: SliderProps) => () => {
    const { id, value, least = 0, most, step = 1, from = least, onChange } = props;
    const at = (x: number) => (most > least ? Math.min(1, Math.max(0, (x - least) / (most - least))) * 100 : 0);
    const [start, end] = [at(from), at(value)].sort((one, other) => one - other);
    return (
      <input
        id={id}
        type="range"
        min={least}
        max={most}
        step={step}
        value={value}
        style={{ '--from': `${start}%`, '--to': `${end}%` }}
        onInput={(event) => onChange(Number((event.target as HTMLInputElement).value))}
      />
    );
  },
  { props: ['id', 'value', 'least', 'most', 'step', 'from', 'onChange'] },
);
