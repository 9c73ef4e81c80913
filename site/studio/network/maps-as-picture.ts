/** Feature maps side by side in one picture. */
import type { Pixels } from '@softpool/media';
import type { FeatureMaps } from './messages.ts';

/** Maps in a row. */
export const MAPS_IN_A_ROW = 4;

/** Gray levels between black, 0, and white, `largest`. Maps are a pixel apart. */
export function mapsAsPicture({ data, channels, side }: FeatureMaps, largest: number): Pixels<Uint8ClampedArray> {
  const rows = Math.ceil(channels / MAPS_IN_A_ROW);
  const [width, height] = [MAPS_IN_A_ROW * (side + 1) - 1, rows * (side + 1) - 1];
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let channel = 0; channel < channels; channel++) {
    const [top, left] = [Math.floor(channel / MAPS_IN_A_ROW) * (side + 1), (channel % MAPS_IN_A_ROW) * (side + 1)];
    for (let place = 0; place < side * side; place++) {
      const at = ((top + Math.floor(place / side)) * width + left + (place % side)) * 4;
      pixels.fill(((data[channel * side * side + place] ?? 0) / largest) * 255, at, at + 3);
      pixels[at + 3] = 255;
    }
  }
  return { data: pixels, width, height, channels: 4 };
}
