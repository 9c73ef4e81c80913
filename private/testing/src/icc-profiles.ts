/** Small ICC profiles (ICC.1:2001-04, version 2.1), made of numbers, and PNGs that hold them. */
import { crc32, deflateSync } from 'node:zlib';

/** The x and y of a color. */
export type Chromaticity = readonly [x: number, y: number];

/** A transfer curve: a gamma, or samples from 0 to 1. */
export type Curve = number | readonly number[];

/** Red, green and blue primaries with a white of D65. */
export const PRIMARIES = {
  srgb: [
    [0.64, 0.33],
    [0.3, 0.6],
    [0.15, 0.06],
  ],
  displayP3: [
    [0.68, 0.32],
    [0.265, 0.69],
    [0.15, 0.06],
  ],
  adobeRgb: [
    [0.64, 0.33],
    [0.21, 0.71],
    [0.15, 0.06],
  ],
} as const satisfies Record<string, readonly [Chromaticity, Chromaticity, Chromaticity]>;

const D65: Chromaticity = [0.3127, 0.329];
const D50 = [0.9642, 1, 0.8249] as const;

type Matrix = readonly (readonly number[])[];

/** The matrix of linear RGB to XYZ, adapted to D50 by Bradford's method. */
export function toXyz(primaries: readonly Chromaticity[]): Matrix {
  const columns = primaries.map(xyzOf);
  const white = xyzOf(D65);
  const scale = solve(transpose(columns), white);
  const unadapted = transpose(columns.map((column, i) => column.map((value) => value * (scale[i] as number))));
  const bradford = [
    [0.8951, 0.2664, -0.1614],
    [-0.7502, 1.7135, 0.0367],
    [0.0389, -0.0685, 1.0296],
  ];
  const [from, to] = [apply(bradford, white), apply(bradford, D50)];
  const adapt = (xyz: readonly number[]): number[] =>
    solve(
      bradford,
      apply(bradford, xyz).map((cone, i) => (cone * (to[i] as number)) / (from[i] as number)),
    );
  return transpose(transpose(unadapted).map(adapt));
}

function xyzOf([x, y]: Chromaticity): number[] {
  return [x / y, 1, (1 - x - y) / y];
}

/** The product of a matrix and a vector. */
export function apply(matrix: Matrix, vector: readonly number[]): number[] {
  return matrix.map((row) => row.reduce((sum, value, i) => sum + value * (vector[i] as number), 0));
}

/** Solves three linear equations by Cramer's rule. */
export function solve(matrix: Matrix, right: readonly number[]): number[] {
  const whole = determinant(matrix);
  return [0, 1, 2].map(
    (column) => determinant(matrix.map((row, i) => row.map((value, j) => (j === column ? (right[i] as number) : value)))) / whole,
  );
}

function determinant([a, b, c]: Matrix): number {
  const [d, e, f] = [a, b, c] as [number[], number[], number[]];
  const minor = (i: number, j: number): number => (e[i] as number) * (f[j] as number) - (e[j] as number) * (f[i] as number);
  return (d[0] as number) * minor(1, 2) - (d[1] as number) * minor(0, 2) + (d[2] as number) * minor(0, 1);
}

function transpose(matrix: Matrix): number[][] {
  return [0, 1, 2].map((i) => matrix.map((row) => row[i] as number));
}

/** The light of an encoded sample, both from 0 to 1. */
export function lightOf(curve: Curve, sample: number): number {
  if (typeof curve === 'number') return sample ** curve;
  const at = sample * (curve.length - 1);
  const before = Math.min(curve.length - 2, Math.floor(at));
  return (curve[before] as number) + (at - before) * ((curve[before + 1] as number) - (curve[before] as number));
}

/** A profile of a display with three primaries. */
export function rgbProfile(primaries: readonly Chromaticity[], curve: Curve): Buffer {
  const matrix = toXyz(primaries);
  const tags = ['r', 'g', 'b'].flatMap((name, i): [string, Buffer][] => [
    [`${name}XYZ`, xyzTag(matrix.map((row) => row[i] as number))],
    [`${name}TRC`, curveTag(curve)],
  ]);
  return profile('mntr', 'RGB ', 'XYZ ', [['wtpt', xyzTag(D50)], ...tags]);
}

/** A profile of gray. */
export function grayProfile(curve: Curve): Buffer {
  return profile('mntr', 'GRAY', 'XYZ ', [
    ['wtpt', xyzTag(D50)],
    ['kTRC', curveTag(curve)],
  ]);
}

/**
 * A profile of four inks, each of which takes its color's light away: a table of the 16 corners, in
 * Lab, from full light to a black of L = 10.
 */
export function cmykProfile(): Buffer {
  const corner = (index: number): number[] => {
    const [c, m, y, k] = [8, 4, 2, 1].map((bit) => (index & bit ? 1 : 0)) as [number, number, number, number];
    const lightness = Math.max(10, 100 - 40 * c - 45 * m - 12 * y - 85 * k);
    return [lightness, k ? 0 : -35 * c + 70 * m - 5 * y, k ? 0 : -45 * c - 5 * m + 85 * y];
  };
  const linear = [0, 65535];
  // mft2: 4 inputs, 3 outputs, 2 points an axis, Lab with L = 100 at 0xff00.
  const numbers = [
    ...Array(4).fill(linear).flat(),
    ...Array.from({ length: 16 }, (_, i) => labOf(corner(i))).flat(),
    ...Array(3).fill(linear).flat(),
  ];
  const head = Buffer.alloc(52);
  head.write('mft2', 'latin1');
  head.set([4, 3, 2, 0], 8);
  for (const diagonal of [0, 4, 8]) head.writeInt32BE(0x10000, 12 + 4 * diagonal);
  head.writeUInt16BE(2, 48);
  head.writeUInt16BE(2, 50);
  return profile('prtr', 'CMYK', 'Lab ', [
    ['wtpt', xyzTag(D50)],
    ['A2B0', Buffer.concat([head, words(numbers)])],
  ]);
}

function labOf([l, a, b]: readonly number[]): number[] {
  return [((l as number) / 100) * 0xff00, ((a as number) + 128) * 256, ((b as number) + 128) * 256];
}

function words(numbers: readonly number[]): Buffer {
  const buffer = Buffer.alloc(2 * numbers.length);
  for (const [i, value] of numbers.entries()) buffer.writeUInt16BE(Math.round(value), 2 * i);
  return buffer;
}

function xyzTag(xyz: readonly number[]): Buffer {
  const buffer = Buffer.alloc(20);
  buffer.write('XYZ ', 'latin1');
  for (const [i, value] of xyz.entries()) buffer.writeInt32BE(Math.round(value * 65536), 8 + 4 * i);
  return buffer;
}

function curveTag(curve: Curve): Buffer {
  const numbers = typeof curve === 'number' ? [curve * 256] : curve.map((value) => value * 65535);
  const head = Buffer.alloc(12);
  head.write('curv', 'latin1');
  head.writeUInt32BE(numbers.length, 8);
  return Buffer.concat([head, words(numbers)]);
}

function profile(kind: string, space: string, connection: string, tags: readonly [string, Buffer][]): Buffer {
  const text = (signature: string, value: string, before: number, after: number): Buffer =>
    Buffer.concat([
      Buffer.from(`${signature}\0\0\0\0`, 'latin1'),
      Buffer.alloc(before),
      Buffer.from(`${value}\0`, 'latin1'),
      Buffer.alloc(after),
    ]);
  const description = text('desc', 'test', 4, 78);
  description.writeUInt32BE(5, 8);
  const all: [string, Buffer][] = [['desc', description], ['cprt', text('text', 'none', 0, 0)], ...tags];
  let at = 132 + 12 * all.length;
  const table = Buffer.alloc(4 + 12 * all.length);
  table.writeUInt32BE(all.length);
  const bodies: Buffer[] = [];
  for (const [i, [signature, body]] of all.entries()) {
    table.write(signature, 4 + 12 * i, 'latin1');
    table.writeUInt32BE(at, 8 + 12 * i);
    table.writeUInt32BE(body.length, 12 + 12 * i);
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
    bodies.push(padded);
    at += padded.length;
  }
  const head = Buffer.alloc(128);
  head.writeUInt32BE(at, 0);
  head.writeUInt32BE(0x02100000, 8);
  head.write(kind + space + connection, 12, 'latin1');
  head.writeUInt16BE(2026, 24);
  head.writeUInt16BE(1, 26);
  head.writeUInt16BE(1, 28);
  head.write('acsp', 36, 'latin1');
  for (const [i, value] of D50.entries()) head.writeInt32BE(Math.round(value * 65536), 68 + 4 * i);
  return Buffer.concat([head, table, ...bodies]);
}

/** A PNG with a chunk added after its header. */
export function withPngChunk(png: Uint8Array, type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([png.subarray(0, 33), length, body, check, png.subarray(33)]);
}

/** A PNG with an embedded profile; its samples stay as they are. */
export function withPngProfile(png: Uint8Array, icc: Uint8Array): Buffer {
  return withPngChunk(png, 'iCCP', Buffer.concat([Buffer.from('icc\0\0', 'latin1'), deflateSync(icc)]));
}
