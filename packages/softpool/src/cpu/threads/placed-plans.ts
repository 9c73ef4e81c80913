/** Plans of recent calls, placed in the shared memory for every thread. */
import { BoundedCache } from '../../api/bounded-cache.ts';
import type { Problem } from '../../api/job.ts';
import { type Plan, planFor } from '../plan.ts';
import { placeProblem, problemBytes } from '../problem-block.ts';
import { createGain, type Gain } from './gain.ts';
import type { TensorMemory } from './tensor-memory.ts';

/** A plan, and where its problem lies. */
export interface PlacedPlan {
  readonly plan: Plan;
  /** The address of the problem for thread 0. */
  readonly problem: number;
  /** The bytes from one thread's problem to the next one's. */
  readonly problemStride: number;
  readonly gain: Gain;
}

/** Plans kept: each takes some hundred kilobytes at most, for each thread. */
const MOST_PLANS = 16;

/** Where plans lie. */
export interface PlacedPlans {
  /** The plan of a problem. It stays there until `leave` is called. */
  place(problem: Problem): PlacedPlan;
  /** Lets its memory be used for other things, if it is needed. */
  leave(): void;
}

/** A store of plans for so many threads. */
export function createPlacedPlans(memory: TensorMemory, threads: number): PlacedPlans {
  const plans = new BoundedCache<Problem, PlacedPlan>(MOST_PLANS);
  let current: Problem | undefined;
  memory.whenFull(() => {
    const kept = current && plans.get(current);
    for (const placed of plans.clear()) if (placed !== kept) memory.release(placed.problem);
    if (current && kept) plans.set(current, kept);
  });
  return {
    place(problem) {
      current = problem;
      const known = plans.get(problem);
      if (known !== undefined) return known;
      const placed = placeFor(memory, planFor(problem), threads);
      const dropped = plans.set(problem, placed);
      if (dropped !== undefined) memory.release(dropped.problem);
      return placed;
    },
    leave() {
      current = undefined;
    },
  };
}

function placeFor(memory: TensorMemory, plan: Plan, threads: number): PlacedPlan {
  const { machine } = memory;
  const draft = memory.reserve(plan.block.length);
  const problemStride = problemBytes(machine, plan.block, draft);
  memory.release(draft);
  const problem = memory.reserve(problemStride * threads);
  for (let thread = 0; thread < threads; thread++) placeProblem(machine, plan.block, problem + thread * problemStride);
  return { plan, problem, problemStride, gain: createGain() };
}
