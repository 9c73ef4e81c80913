/** Whether a device can still be used, and what went wrong on it. */
import type { GpuTensor } from './gpu-tensor.ts';
import { noteWork } from './tensors.ts';

/** Watches a device. */
export interface DeviceStatus {
  /** Throws if the device was lost or `dispose` was called. */
  checkUsable(call: string): void;
  /**
   * Runs what makes a tensor from `inputs`; reading the tensor fails if that fails on the device.
   */
  watch(inputs: readonly GpuTensor[], call: string, make: () => GpuTensor): GpuTensor;
  dispose(): void;
}

/** The status of a device. */
export function createDeviceStatus(device: GPUDevice): DeviceStatus {
  let isDisposed = false;
  let lost: string | undefined;
  void device.lost.then(({ reason, message }) => {
    lost = `${reason === 'destroyed' ? 'it was destroyed' : 'reason unknown'}${message ? `: ${message}` : ''}`;
  });
  return {
    checkUsable(call) {
      if (isDisposed) throw new Error(`${call}: this object was disposed: make another with createGpuSoftPool()`);
      if (lost === undefined) return;
      throw new Error(
        `${call}: the GPU device is lost (${lost}), and its tensors with it: call createGpuSoftPool() again and upload the tensors again`,
      );
    },
    watch(inputs, call, make) {
      device.pushErrorScope('validation');
      device.pushErrorScope('out-of-memory');
      let tensor: GpuTensor | undefined;
      try {
        tensor = make();
        return tensor;
      } finally {
        const errors = Promise.all([device.popErrorScope(), device.popErrorScope()]);
        const work = errors.then(
          ([memory, invalid]) => failureBy(call, memory, invalid),
          () => undefined, // the device is lost: see checkUsable
        );
        if (tensor !== undefined) noteWork(tensor, inputs, work);
      }
    },
    dispose() {
      isDisposed = true;
    },
  };
}

function failureBy(call: string, memory: GPUError | null, invalid: GPUError | null): Error | undefined {
  if (memory !== null) return new Error(`${call}: the GPU has not enough memory: ${memory.message}`);
  return invalid === null ? undefined : new Error(`${call}: the GPU refused the work: ${invalid.message}`);
}
