/** β on a logarithmic scale: 0 at the left end, then 0.1 to 1000 or less. */
import type { Ref, VNode } from 'vue';
import { formatNumber } from './format-number.ts';
import { Slider } from './Slider.tsx';
import { numberCodec } from './url-state.ts';

/** β of the paper, and of pictures on a 0–1 scale: see docs/images.md. */
export const PAPER_BETA = 1;
/** 1/0.225, rounded as people write it. */
export const PICTURE_BETA = 4.44;
/** The largest β of the slider: nearly the maximum. */
const MOST_BETA = 1000;
/** β in the address. */
export const BETA_CODEC = numberCodec(0, MOST_BETA);

const STEPS = 200;
const LEAST = 0.1;

interface BetaSliderProps {
  readonly id: string;
  readonly model: Ref<number>;
  /** The largest β. Default `MOST_BETA`. */
  readonly most?: number;
}

/** The slider with its marks. */
export function BetaSlider({ id, model, most = MOST_BETA }: BetaSliderProps): VNode {
  const { value } = model;
  const change = (beta: number): void => {
    model.value = beta;
  };
  const marks = [
    { beta: 0, text: 'average' },
    { beta: PAPER_BETA, text: 'paper' },
    { beta: PICTURE_BETA, text: `${PICTURE_BETA}, pictures` },
    { beta: most, text: 'max →' },
  ];
  return (
    <div class="beta-slider">
      <label for={`${id}-beta`}>
        Sharpness β = <output>{formatNumber(value)}</output>
      </label>
      <Slider
        id={`${id}-beta`}
        value={stepOf(value, most)}
        most={STEPS}
        aria-valuetext={`β ${formatNumber(value)}`}
        onChange={(step) => change(betaAt(step, most))}
      />
      <div class="beta-marks">
        {marks.map(({ beta, text }) => (
          <button
            key={text}
            type="button"
            style={{ '--at': stepOf(beta, most) / STEPS }}
            aria-pressed={value === beta}
            onClick={() => change(beta)}
          >
            {text}
          </button>
        ))}
      </div>
    </div>
  );
}

/** The β of a position from 0 to `STEPS`, which is that of `most`. */
function betaAt(step: number, most: number): number {
  if (step === 0) return 0;
  return Number((LEAST * (most / LEAST) ** ((step - 1) / (STEPS - 1))).toPrecision(3));
}

function stepOf(beta: number, most: number): number {
  if (beta <= 0) return 0;
  const step = 1 + (STEPS - 1) * (Math.log(beta / LEAST) / Math.log(most / LEAST));
  return Math.min(STEPS, Math.max(1, Math.round(step)));
}
