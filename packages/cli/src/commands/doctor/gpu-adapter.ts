/**
 * Prints the name of the GPU that SoftPool uses. A process of its own, because drivers write
 * warnings on standard error.
 */
import { createGpuSoftPool } from 'softpool/webgpu';

const gpu = await createGpuSoftPool();
const { description, vendor, architecture } = gpu.device.adapterInfo;
const name = [description, vendor, architecture].find((words) => words !== '') ?? 'an unnamed adapter';
gpu.dispose();
// Drivers may have threads that do not end.
process.stdout.write(name, () => process.exit());
