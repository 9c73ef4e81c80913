/** A clip whose frames are pooled over time: blended, soft, and by the maximum. */
import { computed, defineComponent, watch } from 'vue';
import { BetaSlider, PICTURE_BETA } from '../parts/BetaSlider.tsx';
import { Choice } from '../parts/Choice.tsx';
import { CodeOf, type Snippet } from '../parts/CodeOf.tsx';
import { FileButton, useFile } from '../parts/FileButton.tsx';
import { counted } from '../parts/format-number.ts';
import { pytorch } from '../parts/pytorch.ts';
import './over-time.css';
import { Slider } from '../parts/Slider.tsx';
import { choiceCodec, integerCodec, numberCodec, useUrlState } from '../parts/url-state.ts';
import { PixelCanvas } from '../picture/PixelCanvas.tsx';
import { CLIP, frameOf, generatedClip, pooledOverTime } from './clip.ts';
import { FrameStack } from './FrameStack.tsx';
import { MOST_FRAMES, MOST_SIDE, MOST_VIDEO_BETA, type TimeWindows } from './messages.ts';
import { useOwnClip } from './use-own-clip.ts';

const WINDOWS = ['2', '4', '8', '16'] as const;

/** A slider through the frames, the stack of those in a window, and four pictures. */
export default defineComponent(() => {
  const window = useUrlState<(typeof WINDOWS)[number]>('frames', '8', choiceCodec(WINDOWS));
  const beta = useUrlState('time-beta', PICTURE_BETA, numberCodec(0, MOST_VIDEO_BETA));
  const frame = useUrlState('frame', 20, integerCodec(0, MOST_FRAMES - 1));
  const generated = generatedClip();
  const { state, clip, open, pool, close } = useOwnClip();
  const windows = computed((): TimeWindows => ({ length: Number(window.value), beta: beta.value }));
  watch(windows, pool);
  const { isOver, problem, choose, handlers } = useFile((file) => open(file, windows.value));
  const blended = computed(() => pooledOverTime(generated, windows.value.length, 0).data);
  const soft = computed(() => pooledOverTime(generated, windows.value.length, beta.value).data);
  const max = computed(() => pooledOverTime(generated, windows.value.length, MOST_VIDEO_BETA).data);

  const count = computed(() => clip.value?.frames.length ?? CLIP.frames);
  const length = computed(() => clip.value?.windows.length ?? windows.value.length);
  const at = computed(() => Math.min(count.value - 1, frame.value));
  /** The window of the frame. */
  const inside = computed(() => Math.floor(at.value / length.value));
  const stack = computed(() => {
    const own = clip.value;
    const { width, height } = own ?? CLIP;
    const first = inside.value * length.value;
    return Array.from({ length: Math.min(length.value, count.value - first) }, (_, i) => {
      const data = own ? (own.frames[first + i] as Uint8ClampedArray) : frameOf(generated.data, first + i);
      return { data, width, height, channels: 4 as const };
    });
  });

  return () => {
    const own = clip.value;
    const { width, height } = own ?? CLIP;
    const inWindow = at.value - inside.value * length.value;
    const pictures = own
      ? [
          { kind: 'frame', name: `frame ${at.value + 1}`, data: own.frames[at.value] },
          { kind: 'blended', name: 'average: blended', data: own.pooled.blended[inside.value] },
          { kind: 'soft', name: 'soft', data: own.pooled.soft[inside.value] },
          { kind: 'max', name: 'max', data: own.pooled.max[inside.value] },
        ]
      : [
          { kind: 'frame', name: `frame ${at.value + 1}`, data: frameOf(generated.data, at.value) },
          { kind: 'blended', name: 'average: blended', data: frameOf(blended.value, inside.value) },
          { kind: 'soft', name: 'soft', data: frameOf(soft.value, inside.value) },
          { kind: 'max', name: `max, nearly (β = ${MOST_VIDEO_BETA})`, data: frameOf(max.value, inside.value) },
        ];
    return (
      <section class={{ instrument: true, over: isOver.value }} id="instrument-time" aria-label="Pooling over time" {...handlers}>
        <div class="actions">
          <FileButton text="Choose a clip" accept="video/*" onFile={choose} />
          {own && (
            <button type="button" onClick={close}>
              Show the generated clip
            </button>
          )}
          <span class="note">
            or drop one. The first {MOST_FRAMES} frames are read, at most {MOST_SIDE} pixels wide or high. Nothing is uploaded.
          </span>
        </div>
        <div class="status" role="status">
          {problem.value || state.status === 'failed' ? (
            <p class="problem">{problem.value || state.message}</p>
          ) : state.status === 'opening' ? (
            <progress aria-label="Decoding the clip" />
          ) : (
            <p class="note">
              {own
                ? `Your clip: ${counted(own.frames.length, 'frame')} of ${state.note}`
                : 'A generated clip: a light moves across a dim ground.'}
            </p>
          )}
        </div>
        <div class="controls">
          <Choice id="time-frames-per-window" label="Frames per window" choices={WINDOWS} model={window} />
        </div>
        <BetaSlider id="time" model={beta} most={MOST_VIDEO_BETA} />
        <label class="slider">
          <span>
            frame <b>{at.value + 1}</b>, in window <b>{inside.value + 1}</b> of {Math.ceil(count.value / length.value)}
          </span>
          <Slider
            value={at.value}
            most={count.value - 1}
            onChange={(next) => {
              frame.value = next;
            }}
          />
        </label>
        <FrameStack
          frames={stack.value}
          chosen={inWindow}
          label={`The window as a stack of ${stack.value.length} pictures, number ${inWindow + 1} in front`}
          style={{ '--ratio': `${width} / ${height}` }}
        />
        <div class="over-time" style={{ '--ratio': `${width} / ${height}` }}>
          {pictures.map(({ kind, name, data }) => (
            <figure key={kind}>
              <PixelCanvas pixels={data && { data, width, height, channels: 4 }} label={name} />
              <figcaption>{name}</figcaption>
            </figure>
          ))}
        </div>
        <CodeOf snippets={snippets(windows.value, own !== undefined)} />
      </section>
    );
  };
});

function snippets({ length, beta }: TimeWindows, isOwn: boolean): readonly Snippet[] {
  return [
    { language: 'TypeScript', code: isOwn ? ownClipCode(length, beta) : generatedClipCode(length, beta) },
    { language: 'Command', code: `softpool video clip.mp4 -o pooled.mp4 --time ${length} --beta ${beta} --scene-cut off\n` },
    // The snippet in Python has no weights that colors share.
    ...(isOwn ? [] : [{ language: 'PyTorch' as const, code: generatedClipInPython(length, beta) }]),
  ];
}

function generatedClipCode(length: number, beta: number): string {
  return `import { softPool3d } from 'softpool';

const { frames, height, width } = { frames: ${CLIP.frames}, height: ${CLIP.height}, width: ${CLIP.width} };
const clip = { data: new Float32Array(frames * height * width), shape: [1, frames, height, width] }; // [C, D, H, W]
const y = softPool3d(clip, { kernelSize: [${length}, 1, 1], beta: ${beta} });
console.log(y.shape);
`;
}

function generatedClipInPython(length: number, beta: number): string {
  return pytorch(`x = torch.zeros(1, 1, ${CLIP.frames}, ${CLIP.height} * ${CLIP.width})  # a row for each frame
print(soft_pool2d(x, (${length}, 1), beta=${beta}).shape)`);
}

function ownClipCode(length: number, beta: number): string {
  return `import { poolVideo } from '@softpool/media';
import { probeVideo, readVideo } from '@softpool/media/node';

const frames = readVideo(await probeVideo('clip.mp4'));
for await (const { timestamp, data } of poolVideo(frames, { time: ${length}, beta: ${beta}, sceneCut: 'off' })) {
  console.log(timestamp, data); // the bytes of a frame
}
`;
}
