/** The frames of a window, one behind the other like cards. */
import type { Pixels } from '@softpool/media';
import { defineComponent } from 'vue';
import { PixelCanvas } from '../picture/PixelCanvas.tsx';

/** The widest that a frame is shown, in CSS pixels. */
const MOST_WIDTH = 240;

/** The frames, of which the chosen one is in front. */
export const FrameStack = defineComponent(
  (props: { frames: readonly Pixels<Uint8ClampedArray>[]; chosen: number; label: string }) => () => {
    const { frames, chosen, label } = props;
    // A frame is as wide as half of the steps between frames, so that each is seen.
    const span = Math.ceil(frames.length / 2);
    const columns = frames.length - 1 + span;
    const size = { gridTemplateColumns: `repeat(${columns}, 1fr)`, maxWidth: `${(columns / span) * MOST_WIDTH}px` };
    return (
      <div class="frame-stack" role="img" aria-label={label}>
        <div style={size} aria-hidden="true">
          {frames.map((pixels, index) => (
            <div key={index} class={{ chosen: index === chosen }} style={{ gridColumn: `${index + 1} / span ${span}`, '--depth': index }}>
              <PixelCanvas pixels={pixels} label="" />
            </div>
          ))}
        </div>
      </div>
    );
  },
  { props: ['frames', 'chosen', 'label'] },
);
