/** Runs of the tiny network, and what is in their folders. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tinyModel, tinyTraining } from '@softpool/testing/tiny';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'vitest';
import type { TrainOptions } from '../train/options.ts';
import { train } from '../train/train.ts';

/** Trains the tiny network in a folder. */
export async function run(out: string, options: Partial<TrainOptions> = {}) {
  const model = tinyModel();
  try {
    return await train({ ...tinyTraining(), model, output: out, ...options });
  } finally {
    model.dispose();
  }
}

/** Simulates a process that dies after a step and writes nothing more. */
class Killed extends Error {}

export async function runKilled(out: string, step: number, options: Partial<TrainOptions> = {}): Promise<void> {
  const onStep = (progress: { step: number }): void => {
    if (progress.step === step) throw new Killed();
  };
  await expect(run(out, { ...options, onStep })).rejects.toThrow(Killed);
}

/** The record without times. */
export async function record(out: string): Promise<Record<string, unknown>[]> {
  const lines = (await readFile(join(out, 'record.jsonl'), 'utf8')).trimEnd().split('\n');
  return lines.map((line) => {
    const { time, ...rest } = JSON.parse(line) as Record<string, unknown>;
    expect(time).toMatchObject({ at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), seconds: expect.any(Number) });
    return rest;
  });
}

export const weights = (out: string): Promise<Buffer> => readFile(join(out, 'final.safetensors'));

/** A linear network without bias. */
export function linearModel(kernelInitializer: 'zeros' | 'ones'): tfl.LayersModel {
  const dense = tfl.layers.dense({ name: 'fc', units: 3, useBias: false, kernelInitializer });
  return tfl.sequential({ layers: [tfl.layers.flatten({ name: 'flat', inputShape: [6, 6, 1] }), dense] });
}
