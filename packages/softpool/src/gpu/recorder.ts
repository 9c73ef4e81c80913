/** Records plans into command encoders. */
import type { Call } from '../api/calls-of.ts';
import type { Scratch } from './buffers.ts';
import type { GpuTensor } from './gpu-tensor.ts';
import type { Part, Plan } from './plan.ts';
import type { PreparedPlan } from './plan-store.ts';
import { type BufferName, bindingsOf } from './programs.ts';

/** Records calls on one device. */
export interface Recorder {
  /** Records a call, one compute pass, whose result goes to `result`. */
  record(encoder: GPUCommandEncoder, prepared: PreparedPlan, call: Call<GpuTensor>, result: GpuTensor): void;
}

type Buffers = Partial<Record<BufferName, GPUBuffer>>;

/** A recorder for a device. */
export function createRecorder(device: GPUDevice, scratch: Scratch): Recorder {
  const bind = ({ plan, tables, blocks }: PreparedPlan, part: number, program: number, tensors: Buffers): GPUBindGroupEntry[] => {
    const { ranges } = plan.parts[part] as Part;
    return bindingsOf(plan.programs[program] as Plan['programs'][number])
      .map((name, i): GPUBindGroupEntry => {
        const buffer = tensors[name];
        if (buffer !== undefined) return { binding: i + 1, resource: { buffer, ...rangeOf(ranges[name]) } };
        if (name === 'tables') return { binding: i + 1, resource: { buffer: tables } };
        const size = plan.scratch[name] as number;
        return { binding: i + 1, resource: { buffer: scratch.buffer(name, size), size } };
      })
      .concat({ binding: 0, resource: { buffer: blocks[part] as GPUBuffer } });
  };

  return {
    record(encoder, prepared, call, { buffer: result }) {
      const x = { x: call.x.buffer, xQuads: call.x.buffer };
      const tensors: Buffers =
        call.kind === 'forward'
          ? { ...x, y: result, yQuads: result }
          : { ...x, dy: call.dy.buffer, dyQuads: call.dy.buffer, dx: result, dxQuads: result };
      const pass = encoder.beginComputePass({ label: 'softpool' });
      prepared.plan.parts.forEach((part, p) => {
        part.workgroups.forEach((workgroups, i) => {
          const pipeline = prepared.pipelines[i] as GPUComputePipeline;
          pass.setPipeline(pipeline);
          pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: bind(prepared, p, i, tensors) }));
          pass.dispatchWorkgroups(...workgroups);
        });
      });
      pass.end();
    },
  };
}

function rangeOf(range: { readonly offset: number; readonly size: number } | undefined): { offset?: number; size?: number } {
  return range === undefined ? {} : { offset: range.offset, size: range.size };
}
