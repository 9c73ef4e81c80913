/**
 * Turns planes of luma and chroma (4:2:0, 8 bits) into RGB by the kernel of
 * ../../kernel/assembly/planes.ts. The planes are half the bytes for the pipe, and ffmpeg takes
 * several times as long to convert them.
 */
import { decodeBytes } from 'softpool/internal';
import { KERNELS } from '../../kernel/planes.generated.ts';
import type { VideoColor } from './color.ts';
import type { VideoInfo } from './video-info.ts';

/** Converts frames of one size. */
export interface PlanesToRgb {
  /** Where the planes of a frame go: luma, Cb, Cr. */
  readonly planes: Uint8Array;
  /** Where `convert` puts its RGB. */
  readonly rgb: Uint8Array;
  /** Converts the frame. */
  convert(): void;
}

/** Kr and Kb of matrices, by ffmpeg's names: ITU-R BT.709, BT.601, BT.2020, FCC and SMPTE 240M. */
const MATRICES: Readonly<Record<string, readonly [red: number, blue: number]>> = {
  bt709: [0.2126, 0.0722],
  bt470bg: [0.299, 0.114],
  smpte170m: [0.299, 0.114],
  bt2020nc: [0.2627, 0.0593],
  fcc: [0.3, 0.11],
  smpte240m: [0.212, 0.087],
};

interface Exports {
  setUp(black: number, luma: number, redCr: number, greenCb: number, greenCr: number, blueCb: number): void;
  toRgb(luma: number, cb: number, cr: number, rgb: number, scratch: number, width: number, height: number): void;
}

/** A converter for a video; `undefined` for videos that ffmpeg must convert. */
export function planesToRgb({ pixelFormat, color, toneMapped, width, height }: VideoInfo): PlanesToRgb | undefined {
  const matrix = MATRICES[color.matrix];
  if (pixelFormat.name !== 'yuv420p' || toneMapped !== undefined || matrix === undefined) return undefined;
  const luma = width * height;
  const chroma = Math.ceil(width / 2) * Math.ceil(height / 2);
  const [bytes, rgbBytes, scratchBytes] = [luma + 2 * chroma, 3 * luma, 4 * Math.ceil(width / 2)];
  // Vectors are loaded and stored past the ends.
  const [rgb, scratch] = [bytes + 64, bytes + rgbBytes + 128];
  const kernel = instantiate(Math.ceil((scratch + scratchBytes + 256) / 2 ** 16));
  if (kernel === undefined) return undefined;
  kernel.exports.setUp(...coefficients(matrix, color.range));
  return {
    planes: new Uint8Array(kernel.memory.buffer, 0, bytes),
    rgb: new Uint8Array(kernel.memory.buffer, rgb, rgbBytes),
    convert: () => kernel.exports.toRgb(0, luma, luma + chroma, rgb, scratch, width, height),
  };
}

/** The arguments of the kernel's setUp. */
function coefficients([kr, kb]: readonly [number, number], range: VideoColor['range']): Parameters<Exports['setUp']> {
  const kg = 1 - kr - kb;
  const [lumaRange, chromaRange] = range === 'tv' ? [219, 224] : [255, 255];
  const [luma, chroma] = [255 / lumaRange, 255 / chromaRange];
  const inUnits = (value: number): number => Math.round(value * 2 ** 13);
  return [
    range === 'tv' ? 16 : 0,
    inUnits(luma),
    inUnits(2 * (1 - kr) * chroma),
    inUnits((-2 * (1 - kb) * kb * chroma) / kg),
    inUnits((-2 * (1 - kr) * kr * chroma) / kg),
    inUnits(2 * (1 - kb) * chroma),
  ];
}

/** The kernel, or undefined where WebAssembly or its vectors are missing. */
function instantiate(pages: number): { exports: Exports; memory: WebAssembly.Memory } | undefined {
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const module = new WebAssembly.Module(decodeBytes(KERNELS));
    return { exports: new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports, memory };
  } catch {
    return undefined;
  }
}
