import { expectTypeOf, test } from 'vitest';
import {
  type Pixels,
  type PoolImageAsyncOptions,
  type PoolImageOptions,
  type PoolMethod,
  type Position,
  poolImage,
  poolImageAsync,
  psnr,
  type Samples,
} from './index.ts';
import { contactSheet } from './node/contact-sheet.ts';
import {
  type CompareOptions,
  type ComparisonRow,
  compareMethods,
  encodeImage,
  type ImageErrorReason,
  type ImageFormat,
  type Method,
  type Picture,
  poolImage as poolImageInNode,
  type ReadOptions,
  type Resampler,
  type ResizeImageOptions,
  readImage,
  resizeImage,
} from './node/index.ts';
import { ssim } from './ssim.ts';

test('the result has samples of the type of the image', () => {
  expectTypeOf(poolImage<Uint8ClampedArray>).returns.toEqualTypeOf<Pixels<Uint8ClampedArray>>();
  expectTypeOf(poolImage<Float32Array>).returns.toEqualTypeOf<Pixels<Float32Array>>();
  expectTypeOf(poolImageAsync<Float32Array>).returns.resolves.toEqualTypeOf<Pixels<Float32Array>>();
  expectTypeOf(resizeImage<Uint16Array>).returns.resolves.toEqualTypeOf<Pixels<Uint16Array>>();
  expectTypeOf<Samples>().toEqualTypeOf<Uint8Array | Uint8ClampedArray | Uint16Array | Float32Array>();
  expectTypeOf<Float64Array>().not.toExtend<Samples>();
});

test('an image has 1 to 4 channels', () => {
  expectTypeOf<Pixels['channels']>().toEqualTypeOf<1 | 2 | 3 | 4>();
});

test('every option may be left out or undefined', () => {
  expectTypeOf<Record<never, never>>().toExtend<PoolImageOptions>();
  expectTypeOf<{ factor: undefined; beta: undefined; linear: undefined }>().toExtend<PoolImageOptions>();
  expectTypeOf<PoolImageOptions>().toEqualTypeOf<{
    readonly factor?: number | undefined;
    readonly kernelSize?: number | readonly [height: number, width: number] | undefined;
    readonly stride?: number | readonly [height: number, width: number] | undefined;
    readonly padding?: number | readonly [height: number, width: number] | undefined;
    readonly width?: number | undefined;
    readonly height?: number | undefined;
    readonly fit?: 'inside' | 'cover' | 'fill' | undefined;
    readonly position?: Position | undefined;
    readonly method?: PoolMethod | undefined;
    readonly beta?: number | undefined;
    readonly weights?: 'shared' | 'perChannel' | undefined;
    readonly linear?: boolean | undefined;
  }>();
});

test('an AbortSignal cancels poolImageAsync', () => {
  expectTypeOf<AbortSignal>().toExtend<NonNullable<PoolImageAsyncOptions['signal']>>();
});

test('poolImage pools, resizeImage resamples, compareMethods does both', () => {
  expectTypeOf<PoolMethod>().toEqualTypeOf<'soft' | 'average' | 'max'>();
  expectTypeOf<Method>().toEqualTypeOf<PoolMethod | Resampler>();
  expectTypeOf<{ factor: number; method: 'lanczos3' }>().toExtend<ResizeImageOptions>();
  expectTypeOf<{ factor: number; method: 'lanczos3' }>().not.toExtend<PoolImageOptions>();
  expectTypeOf<{ factor: number; method: 'soft' }>().not.toExtend<ResizeImageOptions>();
  expectTypeOf<CompareOptions>().not.toHaveProperty('method');
  expectTypeOf<CompareOptions['enlargeBy']>().toEqualTypeOf<Resampler | undefined>();
});

test('a window has at most two sides', () => {
  expectTypeOf<{ kernelSize: [number, number, number] }>().not.toExtend<PoolImageOptions>();
  expectTypeOf<{ kernelSize: string }>().not.toExtend<PoolImageOptions>();
});

test('calls have the types that their documentation says', () => {
  expectTypeOf(poolImageInNode).toEqualTypeOf(poolImage);
  expectTypeOf(psnr).toEqualTypeOf<(a: Pixels, b: Pixels) => number>();
  expectTypeOf(ssim).toEqualTypeOf<(a: Pixels, b: Pixels) => number>();
  expectTypeOf(readImage).toEqualTypeOf<(source: string | Uint8Array, options?: ReadOptions) => Promise<Picture>>();
  expectTypeOf(encodeImage).returns.resolves.toEqualTypeOf<Uint8Array>();
  expectTypeOf(compareMethods).returns.resolves.toEqualTypeOf<ComparisonRow[]>();
  expectTypeOf(contactSheet).returns.resolves.toEqualTypeOf<Uint8Array>();
  expectTypeOf<Picture>().toExtend<Pixels<Uint8Array | Uint16Array>>();
  expectTypeOf<ComparisonRow['pixels']>().toEqualTypeOf<Pixels<Uint8Array | Uint16Array>>();
  expectTypeOf<ImageFormat>().toEqualTypeOf<'jpeg' | 'png' | 'webp' | 'avif' | 'tiff'>();
  expectTypeOf<ImageErrorReason>().toEqualTypeOf<
    'unreadable' | 'empty' | 'too large' | 'timeout' | 'not an image' | 'damaged' | 'unsupported'
  >();
});
