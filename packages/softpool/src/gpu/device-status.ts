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
  /** Runs what reads a tensor, and rejects if what that submits fails on the device. */
  watchRead<T>(call: string, read: () => Promise<T>): Promise<T>;
  dispose(): void;
}

/** The status of a device. `onFailure` is called when work has failed on it. */
export function createDeviceStatus(device: GPUDevice, onFailure: () => void): DeviceStatus {
  let isDisposed = false;
  let lost: string | undefined;
  void device.lost.then(({ reason, message }) => {
    lost = `${reason === 'destroyed' ? 'it was destroyed' : 'reason unknown'}${message ? `: ${message}` : ''}`;
  });
  const pushScopes = (): void => {
    device.pushErrorScope('validation');
    device.pushErrorScope('out-of-memory');
  };
  const popScopes = async (call: string): Promise<Error | undefined> => {
    const errors = Promise.all([device.popErrorScope(), device.popErrorScope()]);
    // If the device is lost, see checkUsable.
    const [memory, invalid] = await errors.catch(() => [null, null]);
    const failure = failureBy(call, memory, invalid);
    if (failure !== undefined) onFailure();
    return failure;
  };
  return {
    checkUsable(call) {
      if (isDisposed) throw new Error(`${call}: this object was disposed: make another with createGpuSoftPool()`);
      if (lost === undefined) return;
      throw new Error(
        `${call}: the GPU device is lost (${lost}), and its tensors with it: call createGpuSoftPool() again and upload the tensors again`,
      );
    },
    watch(inputs, call, make) {
      pushScopes();
      let tensor: GpuTensor | undefined;
      try {
        tensor = make();
        return tensor;
      } finally {
        const work = popScopes(call);
        if (tensor !== undefined) noteWork(tensor, inputs, work);
      }
    },
    async watchRead(call, read) {
      pushScopes();
      const reading = read();
      const work = popScopes(call);
      reading.catch(() => {}); // a failure on the device explains it better
      const failure = await work;
      if (failure !== undefined) throw failure;
      return reading;
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
