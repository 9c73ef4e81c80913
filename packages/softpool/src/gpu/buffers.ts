/** Buffers of a device: those that keep what they were made with, and those between programs. */
import { USAGE } from './tensors.ts';

/** A buffer that starts with data. */
export function filledBuffer(device: GPUDevice, data: Uint32Array<ArrayBuffer>, usage: number): GPUBuffer {
  const buffer = device.createBuffer({ size: data.byteLength, usage, mappedAtCreation: true });
  new Uint32Array(buffer.getMappedRange()).set(data);
  buffer.unmap();
  return buffer;
}

/** Buffers that all calls share, since a queue runs them one after another. */
export interface Scratch {
  /** The buffer of a name, with at least so many bytes; a call overwrites what another left. */
  buffer(name: string, size: number): GPUBuffer;
  /** Makes all buffers anew: after a failure one may be invalid. Encoders may still need them. */
  forget(): void;
  /** Destroys the buffers. */
  dispose(): void;
}

/** No buffers yet. */
export function createScratch(device: GPUDevice): Scratch {
  const buffers = new Map<string, GPUBuffer>();
  return {
    buffer(name, size) {
      const kept = buffers.get(name);
      if (kept !== undefined && kept.size >= size) return kept;
      // A buffer that is too small stays until it is collected: an encoder may still need it.
      const buffer = device.createBuffer({ label: `softpool ${name}`, size, usage: USAGE.STORAGE | USAGE.COPY_DST });
      buffers.set(name, buffer);
      return buffer;
    },
    forget: () => buffers.clear(),
    dispose() {
      for (const buffer of buffers.values()) buffer.destroy();
      buffers.clear();
    },
  };
}
