/** The picture slides by a pixel; a number says how much each method's result changes. */
import { computed, defineComponent } from 'vue';
import { Choice } from '../parts/Choice.tsx';
import { counted } from '../parts/format-number.ts';
import { Slider } from '../parts/Slider.tsx';
import { choiceCodec, integerCodec, useUrlState } from '../parts/url-state.ts';
import { PixelCanvas } from './PixelCanvas.tsx';
import { PICTURES, type PictureName, usePicture } from './pictures.ts';
import { MOST_SHIFT, meanDifference, SHIFT_METHODS, type ShiftMethod, shiftedAndReduced } from './shift-test.ts';

const FACTOR = 4;

/** A slider for the shift, bars for the changes, and the result of one method. */
export default defineComponent(() => {
  const name = useUrlState<PictureName>('shift-picture', 'galaxies', choiceCodec(PICTURES));
  const shown = useUrlState<ShiftMethod>('shift-method', 'soft', choiceCodec(SHIFT_METHODS));
  const shift = useUrlState('shift', 1, integerCodec(0, MOST_SHIFT));
  const { pixels: picture, problem } = usePicture(name);
  const reduce = (by: number, method: ShiftMethod) => picture.value && shiftedAndReduced(picture.value, by, FACTOR, method);
  const unshifted = computed(() => SHIFT_METHODS.map((method) => reduce(0, method)));
  const shifted = computed(() => SHIFT_METHODS.map((method) => reduce(shift.value, method)));
  const changesTo = (results: typeof unshifted.value) =>
    results.map((after, index) => {
      const before = unshifted.value[index];
      return before && after ? meanDifference(before, after) : 0;
    });
  const changes = computed(() => changesTo(shifted.value));
  // Bars have one scale for all shifts of a picture.
  const most = computed(() => Math.max(1e-9, ...changesTo(SHIFT_METHODS.map((method) => reduce(MOST_SHIFT, method)))));
  return () => {
    const largest = Math.max(...changes.value, most.value);
    return (
      <section class="instrument" id="instrument-shift" aria-label="Slide by a pixel">
        <div class="controls">
          <Choice id="shift-picture" label="Picture" choices={PICTURES} model={name} />
          <Choice id="shift-shown" label="Shown" choices={SHIFT_METHODS} model={shown} />
        </div>
        {problem.value && (
          <p class="problem" role="alert">
            {problem.value}
          </p>
        )}
        <div class="shift-test">
          <figure>
            <PixelCanvas
              pixels={shifted.value[SHIFT_METHODS.indexOf(shown.value)]}
              label={`${name.value}, slid by ${counted(shift.value, 'pixel')} and reduced by ${FACTOR}: ${shown.value}`}
            />
            <figcaption>reduced by {FACTOR}</figcaption>
          </figure>
          <div>
            <label class="slider">
              <span>
                slide by <b>{counted(shift.value, 'pixel')}</b>
              </span>
              <Slider
                value={shift.value}
                most={MOST_SHIFT}
                onChange={(next) => {
                  shift.value = next;
                }}
              />
            </label>
            <table class="changes">
              <caption>Mean change of a sample, of 255</caption>
              <tbody>
                {SHIFT_METHODS.map((method, index) => (
                  <tr key={method}>
                    <th scope="row">{method}</th>
                    <td>
                      <i class={`bar ${method}`} style={{ '--part': (changes.value[index] ?? 0) / largest }} />
                    </td>
                    <td data-change={method}>{(changes.value[index] ?? 0).toFixed(2)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </div>
      </section>
    );
  };
});
