/** Samples to values on a 0–1 scale with colors multiplied by alpha, and back. */
import { decodeSrgb, encodeSrgb } from './linear-light.ts';
import { hasAlpha, type Pixels, sampleMaximum } from './pixels.ts';

/** Converts rows `from` to `to` (exclusive) of an image. */
type ConvertRows = (values: Float32Array, from: number, to: number) => void;

/** Converts the samples of `pixels` to values, in linear light if asked for. */
export function sampleDecoder({ data, width, channels }: Pixels, linear: boolean): ConvertRows {
  const maximum = sampleMaximum(data);
  const colors = hasAlpha(channels) ? channels - 1 : channels;
  const decode = linear ? decodeSrgb : (sample: number): number => sample;
  const table = maximum === 1 ? undefined : Float32Array.from({ length: maximum + 1 }, (_, sample) => decode(sample / maximum));
  return (values, from, to) => {
    for (let pixel = from * width * channels; pixel < to * width * channels; pixel += channels) {
      const alpha = colors < channels ? (data[pixel + colors] as number) / maximum : 1;
      for (let c = 0; c < colors; c++) {
        const sample = data[pixel + c] as number;
        values[pixel + c] = (table === undefined ? decode(sample) : (table[sample] as number)) * alpha;
      }
      if (colors < channels) values[pixel + colors] = alpha;
    }
  };
}

/** Converts values back to samples of `pixels`, clamped and rounded to the nearest. */
export function sampleEncoder({ data, width, channels }: Pixels, linear: boolean): ConvertRows {
  const maximum = sampleMaximum(data);
  const colors = hasAlpha(channels) ? channels - 1 : channels;
  return (values, from, to) => {
    for (let pixel = from * width * channels; pixel < to * width * channels; pixel += channels) {
      const alpha = colors < channels ? (values[pixel + colors] as number) : 1;
      for (let c = 0; c < colors; c++) {
        const light = alpha > 0 ? (values[pixel + c] as number) / alpha : 0;
        data[pixel + c] = toSample(linear ? encodeSrgb(light) : light, maximum);
      }
      if (colors < channels) data[pixel + colors] = toSample(alpha, maximum);
    }
  };
}

function toSample(value: number, maximum: number): number {
  const clamped = Math.min(1, Math.max(0, value));
  return maximum === 1 ? clamped : Math.round(clamped * maximum);
}
