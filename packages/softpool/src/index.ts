export { poolGeometry } from './geometry.ts';
export type { AxisWindows, PoolGeometry, PoolGeometryOptions } from './geometry.ts';
export type * from './options.ts';
export * from './reference.ts';
export type { DType, FloatArray, Tensor } from './tensor.ts';
