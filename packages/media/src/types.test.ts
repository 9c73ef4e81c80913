import { expectTypeOf, test } from 'vitest';
import { type Pixels, type PoolMethod, poolImage, psnr, type Samples, type ShrinkOptions, ssim } from './index.ts';
import {
  type CompareOptions,
  type ComparisonRow,
  compareMethods,
  contactSheet,
  type EncodeOptions,
  encodeImage,
  type ImageErrorReason,
  type ImageFormat,
  type Method,
  type Picture,
  type PictureShrinkOptions,
  type ReadOptions,
  type Resampler,
  readImage,
  shrinkImage,
} from './node/index.ts';

test('the result has samples of the type that was given', () => {
  expectTypeOf(poolImage<Uint8ClampedArray>).returns.toEqualTypeOf<Pixels<Uint8ClampedArray>>();
  expectTypeOf(poolImage<Float32Array>).returns.toEqualTypeOf<Pixels<Float32Array>>();
  expectTypeOf<Samples>().toEqualTypeOf<Uint8Array | Uint8ClampedArray | Uint16Array | Float32Array>();
  expectTypeOf<Float64Array>().not.toExtend<Samples>();
});

test('an image of 5 channels is none', () => {
  expectTypeOf<Pixels['channels']>().toEqualTypeOf<1 | 2 | 3 | 4>();
});

test('every option may be left out or undefined', () => {
  expectTypeOf<Record<never, never>>().toExtend<ShrinkOptions>();
  expectTypeOf<{ factor: undefined; beta: undefined; linear: undefined }>().toExtend<ShrinkOptions>();
  expectTypeOf<ShrinkOptions>().toEqualTypeOf<{
    readonly factor?: number | undefined;
    readonly kernelSize?: number | readonly [height: number, width: number] | undefined;
    readonly stride?: number | readonly [height: number, width: number] | undefined;
    readonly padding?: number | readonly [height: number, width: number] | undefined;
    readonly width?: number | undefined;
    readonly height?: number | undefined;
    readonly method?: PoolMethod | undefined;
    readonly beta?: number | undefined;
    readonly weights?: 'shared' | 'perChannel' | undefined;
    readonly linear?: boolean | undefined;
  }>();
});

test('raw pixels are pooled; pictures may be resampled too', () => {
  expectTypeOf<PoolMethod>().toEqualTypeOf<'soft' | 'average' | 'max'>();
  expectTypeOf<Method>().toEqualTypeOf<PoolMethod | Resampler>();
  expectTypeOf<{ factor: number; method: 'lanczos3' }>().toExtend<PictureShrinkOptions>();
  expectTypeOf<{ factor: number; method: 'lanczos3' }>().not.toExtend<ShrinkOptions>();
  expectTypeOf<{ factor: number; method: 'median' }>().not.toExtend<PictureShrinkOptions>();
  expectTypeOf<CompareOptions>().not.toHaveProperty('method');
  expectTypeOf<CompareOptions['enlargeBy']>().toEqualTypeOf<Resampler | undefined>();
});

test('three numbers are no size of a window', () => {
  expectTypeOf<{ kernelSize: [number, number, number] }>().not.toExtend<ShrinkOptions>();
  expectTypeOf<{ kernelSize: string }>().not.toExtend<ShrinkOptions>();
});

test('calls take and give what their documentation says', () => {
  expectTypeOf(psnr).toEqualTypeOf<(a: Pixels, b: Pixels) => number>();
  expectTypeOf(ssim).toEqualTypeOf<(a: Pixels, b: Pixels) => number>();
  expectTypeOf(readImage).toEqualTypeOf<(source: string | Uint8Array, options?: ReadOptions) => Promise<Picture>>();
  expectTypeOf(shrinkImage).toEqualTypeOf<(picture: Picture, options: PictureShrinkOptions) => Promise<Picture>>();
  expectTypeOf(encodeImage).toEqualTypeOf<(picture: Picture, options?: EncodeOptions) => Promise<Uint8Array>>();
  expectTypeOf(compareMethods).toEqualTypeOf<(picture: Picture, options: CompareOptions) => Promise<ComparisonRow[]>>();
  expectTypeOf(contactSheet).returns.resolves.toEqualTypeOf<Uint8Array>();
  expectTypeOf<Picture['pixels']['data']>().toEqualTypeOf<Uint8Array | Uint16Array>();
  expectTypeOf<ImageFormat>().toEqualTypeOf<'jpeg' | 'png' | 'webp' | 'avif' | 'tiff'>();
  expectTypeOf<ImageErrorReason>().toEqualTypeOf<'unreadable' | 'empty' | 'too large' | 'not an image'>();
});
