/** Plans with their pipelines and buffers on a device, kept for repeated calls. */
import { BoundedCache } from '../api/bounded-cache.ts';
import type { Job, Problem } from '../api/job.ts';
import { filledBuffer } from './buffers.ts';
import type { GpuDType } from './gpu-tensor.ts';
import { createPipelines } from './pipelines.ts';
import { type Plan, planFor } from './plan.ts';
import { checkBytes, USAGE } from './tensors.ts';

/** A plan on a device. */
export interface PreparedPlan {
  readonly plan: Plan;
  readonly pipelines: readonly GPUComputePipeline[];
  readonly tables: GPUBuffer;
  readonly blocks: readonly GPUBuffer[];
}

/** The plans of recent calls. */
export interface PlanStore {
  /** Plans a problem, or finds its plan. */
  prepare(call: string, kind: Job['kind'], problem: Problem, dtype: GpuDType): PreparedPlan;
  /** Destroys the buffers. */
  dispose(): void;
}

/** Plans kept: more than a network has different pooling layers. */
const MOST_PLANS = 64;

/** An empty store for a device. */
export function createPlanStore(device: GPUDevice): PlanStore {
  const pipelineOf = createPipelines(device);
  // A plan that is dropped keeps its buffers until they are collected: an encoder may still need
  // them.
  const plans = new BoundedCache<string, PreparedPlan>(MOST_PLANS);
  return {
    prepare(call, kind, problem, dtype) {
      const key = `${kind} ${problem.key}`;
      const known = plans.get(key);
      if (known !== undefined) return known;
      checkBytes(call, 'the result', problem.geometry.outputShape, dtype);
      const plan = planFor(call, kind, problem, device.limits);
      const prepared = {
        plan,
        pipelines: plan.programs.map(pipelineOf),
        tables: filledBuffer(device, plan.tables, USAGE.STORAGE),
        blocks: plan.parts.map(({ block }) => filledBuffer(device, new Uint32Array(block), USAGE.UNIFORM)),
      };
      plans.set(key, prepared);
      return prepared;
    },
    dispose() {
      for (const { tables, blocks } of plans.clear()) for (const buffer of [tables, ...blocks]) buffer.destroy();
    },
  };
}
