/** Textured figures, drawn with smooth edges on a picture that continues at its opposite edge. */
import type { Random } from '@softpool/models';

/** The outlines of figures. */
export const OUTLINES = ['disk', 'square', 'triangle'] as const;
/** The textures of figures. */
export const TEXTURES = ['striped', 'checked', 'dotted'] as const;

/** A figure and where it is. */
export interface Figure {
  readonly outline: (typeof OUTLINES)[number];
  readonly texture: (typeof TEXTURES)[number];
  /** Its centre, in pixels. */
  readonly x: number;
  readonly y: number;
  /** Of a disk of the same area, in pixels. */
  readonly radius: number;
  /** By how much it is turned, with its texture, in radians. */
  readonly angle: number;
  /** Of its texture, in pixels. */
  readonly period: number;
  /** The two colours of its texture, 0 to 255. */
  readonly colours: readonly [Colour, Colour];
}

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [number, number, number];

/** A square picture in the making: [size, size, 3], 0 to 255. */
export interface Canvas {
  readonly data: Float32Array;
  readonly size: number;
}

/** A picture of waves of several directions, lengths and colours around grey. */
export function background(size: number, random: Random): Canvas {
  const data = new Float32Array(size * size * 3).fill(128);
  for (let wave = 0; wave < 4; wave++) {
    // Whole numbers of waves, so that the picture continues at its opposite edge.
    const across = random.integer(7) - 3;
    const down = random.integer(7) - 3;
    const phase = 2 * Math.PI * random.uniform();
    const strength = [0, 0, 0].map(() => 36 * (random.uniform() - 0.5));
    for (let pixel = 0; pixel < size * size; pixel++) {
      const value = Math.cos((2 * Math.PI * (across * (pixel % size) + down * Math.floor(pixel / size))) / size + phase);
      for (let c = 0; c < 3; c++) (data[3 * pixel + c] as number) += value * (strength[c] as number);
    }
  }
  return { data, size };
}

/** Two colours whose difference is seen: opposite each other around the grey of the background. */
export function opposites(random: Random, contrast: number): [Colour, Colour] {
  const offsets = [0, 0, 0].map(() => (random.uniform() < 0.5 ? -1 : 1) * (0.5 + 0.5 * random.uniform()) * contrast);
  const [red, green, blue] = offsets as [number, number, number];
  return [
    [128 + red, 128 + green, 128 + blue],
    [128 - red, 128 - green, 128 - blue],
  ];
}

/** Draws a figure over what is there. */
export function draw({ data, size }: Canvas, figure: Figure): void {
  const { x, y, radius, angle, colours } = figure;
  const reach = Math.ceil(2 * radius) + 1; // the corner of the triangle is 1.56 radii from its centre
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (let row = Math.floor(y) - reach; row <= Math.ceil(y) + reach; row++) {
    for (let column = Math.floor(x) - reach; column <= Math.ceil(x) + reach; column++) {
      const [dx, dy] = [column - x, row - y];
      const [u, v] = [cos * dx + sin * dy, cos * dy - sin * dx];
      const coverage = Math.min(1, Math.max(0, 0.5 - distance(figure.outline, u, v, radius)));
      if (coverage === 0) continue;
      const share = textureAt(figure, u, v);
      const at = 3 * (wrapped(row, size) * size + wrapped(column, size));
      for (let c = 0; c < 3; c++) {
        const colour = share * (colours[0][c] as number) + (1 - share) * (colours[1][c] as number);
        data[at + c] = (1 - coverage) * (data[at + c] as number) + coverage * colour;
      }
    }
  }
}

/** The picture as bytes, with noise whose standard deviation is `noise`; it is triangular, the sum of two uniform numbers, which is quick to make. */
export function develop({ data }: Canvas, noise: number, random: Random): Uint8Array {
  const spread = noise * Math.sqrt(6);
  const bytes = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i++) {
    bytes[i] = (data[i] as number) + (noise === 0 ? 0 : spread * (random.uniform() + random.uniform() - 1));
  }
  return new Uint8Array(bytes.buffer);
}

/** A coordinate within the picture. */
function wrapped(coordinate: number, size: number): number {
  return ((coordinate % size) + size) % size;
}

/** The distance of a point from the outline, negative within, of a figure with the area of a disk of this radius. */
function distance(outline: Figure['outline'], u: number, v: number, radius: number): number {
  if (outline === 'disk') return Math.hypot(u, v) - radius;
  if (outline === 'square') return Math.max(Math.abs(u), Math.abs(v)) - (Math.sqrt(Math.PI) / 2) * radius;
  // An equilateral triangle with an incircle of radius r has the area 3√3 r².
  const incircle = Math.sqrt(Math.PI / (3 * Math.sqrt(3))) * radius;
  return Math.max(v, (Math.sqrt(3) * Math.abs(u) - v) / 2) - incircle;
}

/** The share of the first colour, 0 to 1. */
function textureAt({ texture, period }: Figure, u: number, v: number): number {
  const [a, b] = [Math.cos((2 * Math.PI * u) / period), Math.cos((2 * Math.PI * v) / period)];
  const wave = texture === 'striped' ? a : texture === 'checked' ? a * b : a + b - 0.5;
  return Math.min(1, Math.max(0, 0.5 + 1.5 * wave));
}
