/** The visitor's picture, reduced by each method: two sides, a slider between them, and figures. */
import { defineComponent, onMounted, onUnmounted, ref, watch } from 'vue';
import { BETA_CODEC, BetaSlider, PICTURE_BETA } from '../parts/BetaSlider.tsx';
import { Choice } from '../parts/Choice.tsx';
import { CodeOf, type Snippet } from '../parts/CodeOf.tsx';
import { FileButton, useFile } from '../parts/FileButton.tsx';
import { formatNumber } from '../parts/format-number.ts';
import './own-picture.css';
import { Slider } from '../parts/Slider.tsx';
import { choiceCodec, useUrlState } from '../parts/url-state.ts';
import type { VisitorError } from '../parts/visitor-file.ts';
import { WORKER_FAILED } from '../parts/worker-failed.ts';
import { BitmapCanvas } from './BitmapCanvas.tsx';
import { measuredPart } from './measured-part.ts';
import { type ComparedMethod, type ReduceOptions, SIDES, type Side } from './messages.ts';
import { pictureSnippets } from './picture-code.ts';
import { fileOf } from './pictures.ts';
import { useComparison } from './use-comparison.ts';

const FACTORS = ['2', '3', '4', '8', '16'] as const;
/** Samples as sRGB encodes them, or linear light. */
const LIGHTS = ['encoded', 'linear'] as const;
const ZOOMS = ['fit', 'small', '100 %', '200 %', '400 %'] as const;
type Zoom = (typeof ZOOMS)[number];

/** The height of the view, of which larger pictures are scrolled. */
const VIEW_HEIGHT = '70vh';

/** Drop, paste or choose a picture. */
export default defineComponent(() => {
  const factor = useUrlState<(typeof FACTORS)[number]>('factor', '4', choiceCodec(FACTORS));
  const beta = useUrlState('own-beta', PICTURE_BETA, BETA_CODEC);
  const left = useUrlState<Side>('left', 'soft', choiceCodec(SIDES));
  const right = useUrlState<Side>('right', 'average', choiceCodec(SIDES));
  const light = useUrlState<(typeof LIGHTS)[number]>('light', 'encoded', choiceCodec(LIGHTS));
  const zoom = useUrlState<Zoom>('zoom', 'fit', choiceCodec(ZOOMS));
  const split = ref(50);
  const isBlinking = ref(false);
  const isDifference = ref(false);
  const section = ref<HTMLElement>();
  const cannotShow = ref(false);
  const failToShow = () => {
    cannotShow.value = true;
  };
  const { state, bitmaps, results, open, reduce, fail, showDifference, save } = useComparison();

  const options = (): ReduceOptions => ({ factor: Number(factor.value), beta: beta.value, linear: light.value === 'linear' });
  watch([factor, beta, light], () => reduce(options()));
  watch([left, right, isDifference, results], () => {
    if (isDifference.value && results.length > 0) showDifference([left.value, right.value]);
  });

  const { isOver, problem, choose, take, handlers } = useFile((file) => open(file, options()));
  const paste = (event: ClipboardEvent) => {
    const files = event.clipboardData?.files ?? [];
    // Text is pasted into fields.
    if (files.length > 0) take(files);
  };
  const openExample = async () => {
    const file = await fileOf('galaxies').catch((error: unknown) => error as VisitorError);
    if (state.status !== 'empty') return;
    if (file instanceof Blob) open(file, options());
    else fail(file.message);
  };
  const comparison = ref<HTMLElement>();
  let observer: IntersectionObserver | undefined;
  onMounted(() => {
    document.addEventListener('paste', paste);
    // The example is opened when it comes into view, so that reading the page costs nothing.
    observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer?.disconnect();
      void openExample();
    });
    if (section.value) observer.observe(section.value);
  });
  onUnmounted(() => {
    document.removeEventListener('paste', paste);
    observer?.disconnect();
  });

  // The middle, where the divider is, stays in view.
  const center = () => {
    const view = comparison.value;
    view?.scrollTo((view.scrollWidth - view.clientWidth) / 2, (view.scrollHeight - view.clientHeight) / 2);
  };
  watch(zoom, center, { flush: 'post' });

  const placesOf = (side: Side) => {
    const isRight = side === right.value;
    if (side === left.value) return `${isRight ? 'Left and right' : 'Left'}: ${side}`;
    return isRight ? `Right: ${side}` : '';
  };
  /** The method of the file to download, and of the code. */
  const saved = () => (left.value === 'original' ? 'soft' : left.value);
  const pressKey = (event: KeyboardEvent) => {
    // A key that is held down would flash.
    if (event.repeat) return;
    if (event.key.toLowerCase() === 'b' && !event.ctrlKey && !event.metaKey) isBlinking.value = !isBlinking.value;
  };

  return () => {
    const by = Number(factor.value);
    const scale = { fit: 0, small: 1 / by, '100 %': 1, '200 %': 2, '400 %': 4 }[zoom.value];
    const whole = { left: 0, top: 0, width: state.width || 1, height: state.height || 1 };
    // The last windows reach over the edge where the factor does not divide a side.
    const covered = { ...whole, width: Math.ceil(whole.width / by) * by, height: Math.ceil(whole.height / by) * by };
    const seen = zoom.value === 'small' ? covered : whole;
    const placeOf = ({ left, top, width, height }: typeof whole) => ({
      left: `${(left / seen.width) * 100}%`,
      top: `${(top / seen.height) * 100}%`,
      width: `${(width / seen.width) * 100}%`,
      height: `${(height / seen.height) * 100}%`,
      '--part': width / seen.width,
    });
    // A high picture fits the height of the view.
    const fitting = `min(100%, ${VIEW_HEIGHT} * ${seen.width / seen.height})`;
    const size = { width: scale === 0 ? fitting : `${seen.width * scale}px` };
    const at = isBlinking.value ? 0 : split.value;
    const frame = { ...size, '--ratio': `${seen.width} / ${seen.height}`, '--split': `${at}%` };
    return (
      <section
        ref={section}
        class={{ instrument: true, over: isOver.value }}
        id="instrument-picture"
        aria-label="Your own picture"
        {...handlers}
        onKeydown={pressKey}
      >
        <div class="actions">
          <FileButton text="Choose a picture" accept="image/*" onFile={choose} />
          <span class="note">or drop or paste one. It stays in this page: nothing is uploaded.</span>
        </div>
        <div class="controls">
          <Choice id="picture-reduce-by" label="Reduce by" choices={FACTORS} model={factor} />
          <label class="check">
            <input
              type="checkbox"
              checked={light.value === 'linear'}
              onChange={(event) => {
                light.value = (event.target as HTMLInputElement).checked ? 'linear' : 'encoded';
              }}
            />
            linear light
          </label>
        </div>
        <BetaSlider id="own" model={beta} />
        <div class="status" role="status">
          {cannotShow.value || problem.value || state.status === 'failed' ? (
            <p class="problem">{cannotShow.value ? WORKER_FAILED : problem.value || state.message}</p>
          ) : state.status === 'opening' || state.status === 'reducing' ? (
            <progress aria-label="Reducing the picture" value={state.status === 'opening' ? undefined : state.progress} />
          ) : (
            <p class="note">{state.width > 0 ? `${state.width} × ${state.height} pixels. ${state.note}` : ' '}</p>
          )}
        </div>
        <div class="controls">
          {([left, right] as const).map((side, index) => (
            <Choice key={index} id={`picture-side-${index}`} label={index === 0 ? 'Left' : 'Right'} choices={SIDES} model={side} />
          ))}
        </div>
        <section ref={comparison} class="two-up" style={{ maxHeight: VIEW_HEIGHT }} tabindex={0} aria-label="Comparison">
          <div class="sides" style={frame}>
            {SIDES.map((side) => (
              <BitmapCanvas
                key={side}
                class={{ left: side === left.value && side !== right.value }}
                style={placeOf(side === 'original' ? whole : covered)}
                bitmap={bitmaps[side]}
                label={placesOf(side)}
                isHidden={isDifference.value || placesOf(side) === '' || bitmaps[side] === undefined}
                onFail={failToShow}
              />
            ))}
            <BitmapCanvas
              style={placeOf(measuredPart(whole, by))}
              bitmap={bitmaps.difference}
              label={`Difference of ${left.value} and ${right.value}, 4 times as bright`}
              isHidden={!isDifference.value || bitmaps.difference === undefined}
              onFail={failToShow}
            />
            <i class="divider" hidden={isDifference.value} />
          </div>
        </section>
        <label class="slider">
          <span>divider</span>
          <Slider
            value={split.value}
            most={100}
            onChange={(next) => {
              split.value = next;
            }}
          />
        </label>
        <div class="controls">
          <Choice id="picture-size" label="Size" choices={ZOOMS} model={zoom} />
          <div class="actions">
            <button
              type="button"
              aria-pressed={isBlinking.value}
              aria-keyshortcuts="b"
              onClick={() => {
                isBlinking.value = !isBlinking.value;
              }}
            >
              Blink (B)
            </button>
            <button
              type="button"
              aria-pressed={isDifference.value}
              onClick={() => {
                isDifference.value = !isDifference.value;
              }}
            >
              Difference
            </button>
            <button type="button" disabled={state.status !== 'ready'} onClick={() => save(saved(), `${saved()}-by-${factor.value}.png`)}>
              Download {saved()}
            </button>
          </div>
        </div>
        <table class="figures">
          <thead>
            <tr>
              <th scope="col">method</th>
              <th scope="col">SSIM</th>
              <th scope="col">PSNR, dB</th>
              <th scope="col">ms</th>
            </tr>
          </thead>
          <tbody>
            {(['soft', 'average', 'max'] as const).map((method) => {
              const result = results.find((each) => each.method === method);
              return (
                <tr key={method} data-method={method}>
                  <th scope="row">{method}</th>
                  <td>{result ? formatFigure(result.ssim, 4) : '–'}</td>
                  <td>{result ? formatFigure(result.psnr, 2) : '–'}</td>
                  <td>{result ? formatNumber(result.milliseconds, 3) : '–'}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
        <p class="note">
          SSIM and PSNR compare the original with the enlarged result, in which each small pixel fills its window. They favor the mean of a
          window: {light.value === 'linear' ? 'without linear light, ' : ''}no method has a better PSNR than average pooling. They do not
          say which small picture looks best. {state.measured}
        </p>
        <CodeOf snippets={snippets(saved(), options())} />
      </section>
    );
  };
});

function formatFigure(value: number, decimals: number): string {
  if (Number.isNaN(value)) return 'too small';
  return Number.isFinite(value) ? value.toFixed(decimals) : '∞';
}

function snippets(method: ComparedMethod, { factor, beta, linear }: ReduceOptions): readonly Snippet[] {
  const option = method === 'soft' ? `beta: ${beta}` : `method: '${method}'`;
  const flag = method === 'soft' ? `--beta ${beta}` : `--method ${method}`;
  return pictureSnippets(
    `factor: ${factor}, ${option}${linear ? ', linear: true' : ''}`,
    `--factor ${factor} ${flag}${linear ? ' --linear' : ''}`,
  );
}
