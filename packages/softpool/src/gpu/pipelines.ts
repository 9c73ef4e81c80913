/** The pipelines of a device, made once for each program text. */
import { bindingsOf, type Program, programText } from './programs.ts';

/** The value of GPUShaderStage.COMPUTE, which Node lacks without a package. */
const COMPUTE = 4;

/** Returns the pipeline of a program, the same one for the same text. */
export type Pipelines = (program: Program) => GPUComputePipeline;

/** An empty store of a device's pipelines. */
export function createPipelines(device: GPUDevice): Pipelines {
  const pipelines = new Map<string, GPUComputePipeline>();
  return (program) => {
    const code = programText(program);
    const made = pipelines.get(code) ?? makePipeline(device, program, code);
    pipelines.set(code, made);
    return made;
  };
}

function makePipeline(device: GPUDevice, program: Program, code: string): GPUComputePipeline {
  const storage = bindingsOf(program).map(
    (name, i): GPUBindGroupLayoutEntry => ({
      binding: i + 1,
      visibility: COMPUTE,
      buffer: { type: program.writes.includes(name) ? 'storage' : 'read-only-storage' },
    }),
  );
  const entries: GPUBindGroupLayoutEntry[] = [{ binding: 0, visibility: COMPUTE, buffer: { type: 'uniform' } }, ...storage];
  const layout = device.createPipelineLayout({ bindGroupLayouts: [device.createBindGroupLayout({ entries })] });
  return device.createComputePipeline({ layout, compute: { module: device.createShaderModule({ code }), entryPoint: 'main' } });
}
