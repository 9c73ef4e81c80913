/** Draws textured figures with antialiased edges on a picture that wraps around. */
import type { Random } from '@softpool/models';

/** Outlines of figures. */
export const OUTLINES = ['disk', 'square', 'triangle'] as const;
/** Textures of figures. */
export const TEXTURES = ['striped', 'checked', 'dotted'] as const;

/** A figure and its place. */
export interface Figure {
  readonly outline: (typeof OUTLINES)[number];
  readonly texture: (typeof TEXTURES)[number];
  /** Center, in pixels. */
  readonly x: number;
  readonly y: number;
  /** Radius of a disk of the same area, in pixels. */
  readonly radius: number;
  /** Rotation of outline and texture, in radians. */
  readonly angle: number;
  /** Period of the texture, in pixels. */
  readonly period: number;
  /** The texture's two colors, 0 to 255. */
  readonly colors: readonly [Color, Color];
}

/** Red, green and blue, 0 to 255. */
export type Color = readonly [number, number, number];

/** A square picture to draw on: [size, size, 3], 0 to 255. */
export interface Canvas {
  readonly data: Float32Array;
  readonly size: number;
}

/** A picture of waves in several directions, lengths and colors around gray. */
export function background(size: number, random: Random): Canvas {
  const data = new Float32Array(size * size * 3).fill(128);
  for (let wave = 0; wave < 4; wave++) {
    // Whole numbers of waves, so that the picture wraps around.
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

/** Two contrasting colors, opposite each other around the background's gray. */
export function oppositeColors(random: Random, contrast: number): [Color, Color] {
  const offsets = [0, 0, 0].map(() => (random.uniform() < 0.5 ? -1 : 1) * (0.5 + 0.5 * random.uniform()) * contrast);
  const [red, green, blue] = offsets as [number, number, number];
  return [
    [128 + red, 128 + green, 128 + blue],
    [128 - red, 128 - green, 128 - blue],
  ];
}

/** Draws a figure over the picture. */
export function draw({ data, size }: Canvas, figure: Figure): void {
  const { x, y, radius, angle, colors } = figure;
  const reach = Math.ceil(2 * radius) + 1; // a triangle's corners are 1.56 radii from its center
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
        const color = share * (colors[0][c] as number) + (1 - share) * (colors[1][c] as number);
        data[at + c] = (1 - coverage) * (data[at + c] as number) + coverage * color;
      }
    }
  }
}

/**
 * The picture as bytes, with noise of standard deviation `noise`. The noise is triangular, the sum
 * of two uniform numbers, which is fast.
 */
export function toBytes({ data }: Canvas, noise: number, random: Random): Uint8Array {
  const spread = noise * Math.sqrt(6);
  const bytes = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i++) {
    bytes[i] = (data[i] as number) + (noise === 0 ? 0 : spread * (random.uniform() + random.uniform() - 1));
  }
  return new Uint8Array(bytes.buffer);
}

/** A coordinate wrapped into the picture. */
function wrapped(coordinate: number, size: number): number {
  return ((coordinate % size) + size) % size;
}

/**
 * Signed distance of a point to the outline, negative inside. The area is that of a disk of this
 * radius.
 */
function distance(outline: Figure['outline'], u: number, v: number, radius: number): number {
  if (outline === 'disk') return Math.hypot(u, v) - radius;
  if (outline === 'square') return Math.max(Math.abs(u), Math.abs(v)) - (Math.sqrt(Math.PI) / 2) * radius;
  // The area of an equilateral triangle is 3√3 r², with r its incircle's radius.
  const incircle = Math.sqrt(Math.PI / (3 * Math.sqrt(3))) * radius;
  return Math.max(v, (Math.sqrt(3) * Math.abs(u) - v) / 2) - incircle;
}

/** Share of the first color at a point, 0 to 1. */
function textureAt({ texture, period }: Figure, u: number, v: number): number {
  const [a, b] = [Math.cos((2 * Math.PI * u) / period), Math.cos((2 * Math.PI * v) / period)];
  const wave = texture === 'striped' ? a : texture === 'checked' ? a * b : a + b - 0.5;
  return Math.min(1, Math.max(0, 0.5 + 1.5 * wave));
}
