/** A generated clip, reduced while it plays, with frames a second. */
import { type Pixels, poolImage } from '@softpool/media';
import { defineComponent, onUnmounted, ref, shallowRef } from 'vue';
import { PixelCanvas } from '../picture/PixelCanvas.tsx';

const SIDE = 256;
const FACTOR = 4;

/** The clip. It plays only when asked to. */
export const LiveClip = defineComponent(() => {
  const pixels = shallowRef<Pixels<Uint8ClampedArray>>();
  const isPlaying = ref(false);
  const figures = ref('');
  let request = 0;
  let since = 0;
  let frames = 0;
  let pooling = 0;
  const frame = { data: new Uint8ClampedArray(SIDE * SIDE * 4).fill(255), width: SIDE, height: SIDE, channels: 4 as const };
  const draw = (now: number) => {
    paint(frame.data, now / 1000);
    const start = performance.now();
    pixels.value = poolImage(frame, { factor: FACTOR });
    pooling += performance.now() - start;
    frames += 1;
    if (now - since > 1000) {
      figures.value = `${Math.round((frames * 1000) / (now - since))} frames a second, ${(pooling / frames).toFixed(1)} ms of pooling each`;
      [since, frames, pooling] = [now, 0, 0];
    }
    request = requestAnimationFrame(draw);
  };
  const toggle = () => {
    isPlaying.value = !isPlaying.value;
    cancelAnimationFrame(request);
    if (!isPlaying.value) return;
    [since, frames, pooling] = [performance.now(), 0, 0];
    request = requestAnimationFrame(draw);
  };
  onUnmounted(() => cancelAnimationFrame(request));
  return () => (
    <div class="live">
      <figure>
        <PixelCanvas pixels={pixels.value} label={`A generated clip, reduced by ${FACTOR}`} />
      </figure>
      <div>
        <button type="button" aria-pressed={isPlaying.value} onClick={toggle}>
          {isPlaying.value ? 'Stop the clip' : 'Play a clip'}
        </button>
        <p class="note">
          {SIDE} × {SIDE} pixels, reduced by {FACTOR} while it plays, on the page's own thread.
        </p>
        <p data-figures>{figures.value || ' '}</p>
      </div>
    </div>
  );
});

/** Draws sparks that circle around the middle. */
function paint(data: Uint8ClampedArray, seconds: number): void {
  new Uint32Array(data.buffer).fill(0xff30241c);
  for (let spark = 0; spark < 90; spark++) {
    const angle = spark * 2.4 + seconds * (0.2 + (spark % 7) * 0.05);
    const radius = 8 + spark * 1.3;
    const [x, y] = [Math.round(SIDE / 2 + radius * Math.cos(angle)), Math.round(SIDE / 2 + radius * Math.sin(angle))];
    const at = (Math.min(SIDE - 1, Math.max(0, y)) * SIDE + Math.min(SIDE - 1, Math.max(0, x))) * 4;
    data.set([255, 170 + (spark % 3) * 40, 90 + (spark % 5) * 40, 255], at);
  }
}
