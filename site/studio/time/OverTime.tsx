/** A clip whose frames are pooled over time: blended, soft, and by the maximum. */
import { computed, defineComponent } from 'vue';
import { BetaSlider, MOST_BETA, PICTURE_BETA } from '../parts/BetaSlider.tsx';
import { Choice } from '../parts/Choice.tsx';
import { CodeOf, type Snippet } from '../parts/CodeOf.tsx';
import '../parts/studio.css';
import './over-time.css';
import { choiceCodec, numberCodec, useUrlState } from '../parts/url-state.ts';
import { PixelCanvas } from '../picture/PixelCanvas.tsx';
import { CLIP, frameOf, generatedClip, pooledOverTime } from './clip.ts';

const WINDOWS = ['2', '4', '8', '16'] as const;

/** A slider through the frames, and four pictures. */
export default defineComponent(() => {
  const window = useUrlState<(typeof WINDOWS)[number]>('frames', '8', choiceCodec(WINDOWS));
  const beta = useUrlState('time-beta', PICTURE_BETA, numberCodec(0, MOST_BETA));
  const frame = useUrlState('frame', 20, numberCodec(0, CLIP.frames - 1));
  const clip = generatedClip();
  const length = computed(() => Number(window.value));
  const pooled = computed(() => ({
    blended: pooledOverTime(clip, length.value, 0).data,
    soft: pooledOverTime(clip, length.value, beta.value).data,
    max: pooledOverTime(clip, length.value, MOST_BETA).data,
  }));
  return () => {
    const at = Math.round(frame.value);
    const inside = Math.floor(at / length.value);
    const pictures = [
      { name: `frame ${at + 1}`, data: clip.data, index: at },
      { name: 'average: blended', data: pooled.value.blended, index: inside },
      { name: 'soft', data: pooled.value.soft, index: inside },
      { name: 'max, nearly (β = 1000)', data: pooled.value.max, index: inside },
    ];
    return (
      <section class="instrument" id="instrument-time" aria-label="Pooling over time">
        <div class="controls">
          <Choice id="time-frames-per-window" label="Frames per window" choices={WINDOWS} model={window} />
        </div>
        <BetaSlider id="time" model={beta} />
        <label class="slider">
          <span>
            frame <b>{at + 1}</b>, in window <b>{inside + 1}</b> of {CLIP.frames / length.value}
          </span>
          <input
            type="range"
            min={0}
            max={CLIP.frames - 1}
            value={at}
            style={{ '--from': '0%', '--to': `${(at / (CLIP.frames - 1)) * 100}%` }}
            onInput={(event) => {
              frame.value = Number((event.target as HTMLInputElement).value);
            }}
          />
        </label>
        <div class="over-time">
          {pictures.map(({ name, data, index }) => (
            <figure key={name.replace(/\d+/, '')}>
              <PixelCanvas pixels={{ data: frameOf(data, index), width: CLIP.width, height: CLIP.height, channels: 4 }} label={name} />
              <figcaption>{name}</figcaption>
            </figure>
          ))}
        </div>
        <CodeOf snippets={snippets(length.value, beta.value)} />
      </section>
    );
  };
});

function snippets(window: number, beta: number): readonly Snippet[] {
  const code = `import { softPool3d } from 'softpool';

const { frames, height, width } = { frames: ${CLIP.frames}, height: ${CLIP.height}, width: ${CLIP.width} };
const clip = { data: new Float32Array(frames * height * width), shape: [1, frames, height, width] }; // [C, D, H, W]
const y = softPool3d(clip, { kernelSize: [${window}, 1, 1], beta: ${beta} });
console.log(y.shape);
`;
  return [
    { language: 'TypeScript', code },
    { language: 'Command', code: `softpool video clip.mp4 -o pooled.mp4 --kernel ${window}x1x1 --beta ${beta}\n` },
  ];
}
