/** A picture and one of its windows, while β goes from average to max. */
import { poolImage } from '@softpool/media';
import { computed, defineComponent } from 'vue';
import { BETA_CODEC, BetaSlider, PICTURE_BETA } from '../parts/BetaSlider.tsx';
import { Choice } from '../parts/Choice.tsx';
import { CodeOf } from '../parts/CodeOf.tsx';
import { formatNumber } from '../parts/format-number.ts';
import { Slider } from '../parts/Slider.tsx';
import { type Codec, choiceCodec, useUrlState } from '../parts/url-state.ts';
import { PixelCanvas } from './PixelCanvas.tsx';
import { pictureSnippets } from './picture-code.ts';
import { PICTURES, type PictureName, usePicture } from './pictures.ts';
import { type Color, windowOfPicture } from './window-of-picture.ts';

const FACTOR = 8;

/** A window of the reduced picture. */
interface Cell {
  readonly row: number;
  readonly column: number;
}

/** A galaxy in the first picture. */
const CELL: Cell = { row: 52, column: 44 };

/** Rows and columns are counted from 1 in the address, as on the page. */
const cellCodec: Codec<Cell> = {
  parse: (text) => {
    const [, row, column] = /^([1-9]\d{0,3}),([1-9]\d{0,3})$/.exec(text) ?? [];
    return row === undefined ? undefined : { row: Number(row) - 1, column: Number(column) - 1 };
  },
  format: ({ row, column }) => `${row + 1},${column + 1}`,
};

/** The slider, the pooled picture, and the window under the mark. */
export default defineComponent(() => {
  const name = useUrlState<PictureName>('picture', 'galaxies', choiceCodec(PICTURES));
  const beta = useUrlState('picture-beta', PICTURE_BETA, BETA_CODEC);
  const cell = useUrlState('picture-window', CELL, cellCodec);
  const { pixels: picture, problem } = usePicture(name);
  const pooled = computed(() => picture.value && poolImage(picture.value, { factor: FACTOR, beta: beta.value }));
  const place = computed(() => ({
    row: Math.min(cell.value.row, (pooled.value?.height ?? 64) - 1),
    column: Math.min(cell.value.column, (pooled.value?.width ?? 64) - 1),
  }));
  const shown = computed(() => picture.value && windowOfPicture(picture.value, FACTOR, place.value.row, place.value.column, beta.value));
  const pick = (event: PointerEvent) => {
    const { left, top, width, height } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const side = pooled.value?.width ?? 64;
    const at = (offset: number, extent: number) => Math.min(side - 1, Math.max(0, Math.floor((offset / extent) * side)));
    cell.value = { row: at(event.clientY - top, height), column: at(event.clientX - left, width) };
  };
  return () => {
    const side = pooled.value?.width ?? 64;
    const { row, column } = place.value;
    return (
      <section class="instrument" id="instrument-beta" aria-label="From average to max">
        <div class="controls">
          <Choice id="beta-picture" label="Picture" choices={PICTURES} model={name} />
        </div>
        <BetaSlider id="beta" model={beta} />
        {problem.value && (
          <p class="problem" role="alert">
            {problem.value}
          </p>
        )}
        <div class="beta-picture">
          <figure>
            {/* A pointer picks a window here; the two sliders below do the same by keyboard. */}
            <div class="pick" onPointerdown={pick}>
              <PixelCanvas pixels={pooled.value} label={`${name.value}, reduced by ${FACTOR} with β = ${formatNumber(beta.value)}`} />
              <i class="pin" style={{ '--x': column / side, '--y': row / side, '--side': 1 / side }} />
            </div>
            <figcaption>
              reduced by {FACTOR}, {side} × {side} pixels
            </figcaption>
          </figure>
          <div class="picture-window">
            <div class="pair">
              <figure>
                <div class="swatches" style={{ '--side': FACTOR }} aria-hidden="true">
                  {Array.from({ length: FACTOR ** 2 }, (_, index) => (
                    <i key={index} style={{ background: css(shown.value?.colors[index]) }} />
                  ))}
                </div>
                <figcaption>window</figcaption>
              </figure>
              <figure>
                <div class="swatches weights" style={{ '--side': FACTOR }} aria-hidden="true">
                  {Array.from({ length: FACTOR ** 2 }, (_, index) => (
                    <i
                      key={index}
                      style={{ '--weight': (shown.value?.weights[index] ?? 0) / Math.max(...(shown.value?.weights ?? [1])) }}
                    />
                  ))}
                </div>
                <figcaption>
                  weights, largest <b data-largest>{formatNumber(Math.max(...(shown.value?.weights ?? [0])))}</b>
                </figcaption>
              </figure>
            </div>
            <table class="outputs">
              <tbody>
                {(['average', 'soft', 'max'] as const).map((method) => (
                  <tr key={method}>
                    <th scope="row">{method}</th>
                    <td>
                      <i class="swatch" style={{ background: css(shown.value?.[method]) }} />
                    </td>
                    <td data-output={method}>{shown.value?.[method].join(', ') ?? ' '}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {(['column', 'row'] as const).map((axis) => (
              <label key={axis} class="slider">
                <span>
                  {axis} <b>{place.value[axis] + 1}</b>
                </span>
                <Slider
                  value={place.value[axis]}
                  most={side - 1}
                  onChange={(next) => {
                    cell.value = { ...cell.value, [axis]: next };
                  }}
                />
              </label>
            ))}
          </div>
        </div>
        <CodeOf snippets={pictureSnippets(`factor: ${FACTOR}, beta: ${beta.value}`, `--factor ${FACTOR} --beta ${beta.value}`)} />
      </section>
    );
  };
});

function css(color: Color | undefined): string {
  return color === undefined ? 'transparent' : `rgb(${color.join(' ')})`;
}
