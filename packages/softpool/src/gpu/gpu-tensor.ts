/** The types of tensors on a device, apart from the code, so that they need no library `dom`. */
import type { GlobalClass } from '../api/global-types.ts';
import type { DType } from '../api/tensor.ts';

/** A `GPUDevice`, where the compiler knows it: see global-types.ts. */
export type Device = GlobalClass<'GPUDevice'>;
/** A `GPUCommandEncoder`. */
export type CommandEncoder = GlobalClass<'GPUCommandEncoder'>;
/** A `GPUBuffer`. */
type Buffer = GlobalClass<'GPUBuffer'>;

/** The element types on a GPU: WGSL lacks float64. */
export type GpuDType = Exclude<DType, 'float64'>;

/**
 * A tensor on the GPU: dense, row-major, from the start of its buffer. Calls and `upload` make
 * them. You can also make one as `{ buffer, shape, dtype }` around any `GPUBuffer` of the device
 * with usage `STORAGE` (and `COPY_SRC` to read it).
 */
export interface GpuTensor {
  /** The elements: 4 bytes each, or 2 each with the total rounded up to a multiple of 4. */
  readonly buffer: Buffer;
  /** The size of each axis, each a positive integer; that of a batch may be 0. */
  readonly shape: readonly number[];
  /** `'float16'` is stored in 16 bits and computed in 32; every device supports it. */
  readonly dtype: GpuDType;
}
