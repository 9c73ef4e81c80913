/** How an image fits a size: the part of it that is used, and the size of the result. */
import { checkInteger, checkOneOf } from 'softpool/internal';

/** How an image fits a width and a height. */
export type Fit = 'inside' | 'cover' | 'fill';

/** The ways in which an image can fit a size. */
export const FITS: readonly Fit[] = ['inside', 'cover', 'fill'];

/** The part of an image that is kept when it is cropped, by sharp's names. */
export type Position = 'center' | 'top' | 'right top' | 'right' | 'right bottom' | 'bottom' | 'left bottom' | 'left' | 'left top';

/** The names of the positions. */
export const POSITIONS: readonly Position[] = [
  ...(['center', 'top', 'right top', 'right', 'right bottom'] as const),
  ...(['bottom', 'left bottom', 'left', 'left top'] as const),
];

/** A part of an image, in pixels from its left and top edges. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The size of a result, and the part of the image that it shows. */
export interface Place {
  readonly width: number;
  readonly height: number;
  readonly source: Rectangle;
}

/** The options that decide both. */
export interface FitOptions {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly fit?: Fit | undefined;
  readonly position?: Position | undefined;
}

/**
 * Checks the options and fits an image to them. A missing side follows from the aspect ratio.
 * Without both sides the size is that of the image.
 */
export function placeOf(call: string, width: number, height: number, options: FitOptions): Place {
  if (options.width !== undefined) checkInteger(call, 'options.width', options.width, 1);
  if (options.height !== undefined) checkInteger(call, 'options.height', options.height, 1);
  const { width: boxWidth, height: boxHeight, fit = 'inside', position = 'center' } = options;
  checkOneOf(call, 'options.fit', fit, FITS);
  checkOneOf(call, 'options.position', position, POSITIONS);
  if (options.fit !== undefined && (boxWidth === undefined || boxHeight === undefined)) {
    throw new TypeError(`${call}: options.fit needs options.width and options.height`);
  }
  if (options.position !== undefined && fit !== 'cover') throw new TypeError(`${call}: options.position needs options.fit 'cover'`);
  const whole = { left: 0, top: 0, width, height };
  if (fit === 'inside') return { ...inside(width, height, boxWidth, boxHeight), source: whole };
  const size = { width: boxWidth ?? width, height: boxHeight ?? height };
  return { ...size, source: fit === 'cover' ? cropped(whole, size, position) : whole };
}

/** The largest size within a box that keeps the aspect ratio. A missing side has no limit. */
function inside(width: number, height: number, boxWidth?: number, boxHeight?: number): { width: number; height: number } {
  const scale = Math.min((boxWidth ?? Number.POSITIVE_INFINITY) / width, (boxHeight ?? Number.POSITIVE_INFINITY) / height);
  if (scale === Number.POSITIVE_INFINITY) return { width, height };
  const isByWidth = boxWidth !== undefined && scale === boxWidth / width;
  return {
    width: isByWidth ? boxWidth : Math.max(1, Math.round((width * (boxHeight ?? height)) / height)),
    height: isByWidth ? Math.max(1, Math.round((height * boxWidth) / width)) : (boxHeight ?? height),
  };
}

/** The largest part with the aspect ratio of `size`, in whole pixels. */
function cropped(whole: Rectangle, size: { readonly width: number; readonly height: number }, position: Position): Rectangle {
  const scale = Math.min(whole.width / size.width, whole.height / size.height);
  const width = Math.max(1, Math.round(size.width * scale));
  const height = Math.max(1, Math.round(size.height * scale));
  const words = position.split(' ');
  const start = (free: number, first: string, last: string): number =>
    words.includes(first) ? 0 : words.includes(last) ? free : Math.floor(free / 2);
  return {
    left: start(whole.width - width, 'left', 'right'),
    top: start(whole.height - height, 'top', 'bottom'),
    width,
    height,
  };
}
