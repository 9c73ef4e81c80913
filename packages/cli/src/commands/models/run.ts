/** Runs `softpool models`. */
import type { BackboneDescription, BackboneName, BackboneOptions } from '@softpool/models';
import { kebabCase, withFlagNames } from '../../shared/arguments/errors.ts';
import { EXIT, UsageError } from '../../shared/exit-codes.ts';
import { checkName } from '../../shared/networks/network.ts';
import { refuseUnused } from '../../shared/networks/used-flags.ts';
import { requireTensorFlow } from '../../shared/packages.ts';
import { printJson } from '../../shared/print-json.ts';
import { startTensorFlow } from '../../shared/tensorflow.ts';
import { layersTable, networksTable } from './report.ts';

/** The options as commander passes them. */
export interface ModelsFlags {
  readonly pool: NonNullable<BackboneOptions['pool']>;
  readonly positions?: NonNullable<BackboneOptions['positions']>;
  readonly inputSize?: readonly number[];
  readonly classes?: number;
  readonly auxiliary?: boolean;
  readonly json?: boolean;
}

/** Runs the command and resolves to its exit code. */
export async function runModels(name: string | undefined, flags: ModelsFlags): Promise<number> {
  const { pool, positions, inputSize, classes, auxiliary, json } = flags;
  if (name === undefined) {
    const [given] = Object.entries({ inputSize, classes, auxiliary }).find(([, value]) => value !== undefined) ?? [];
    if (given !== undefined) throw new UsageError(`--${kebabCase(given)} needs a network, as in softpool models resnet18`);
  }
  refuseUnused({ positions }, { pool });
  requireTensorFlow('cpu', '@softpool/models', '@softpool/tfjs');
  const { BACKBONE_NAMES, describeBackbone } = await import('@softpool/models');
  if (name !== undefined) await checkName(name);
  await startTensorFlow('cpu'); // nothing is computed, but TensorFlow.js needs a backend
  const describe = (each: BackboneName): BackboneDescription => {
    const inputShape = inputSize && withChannels(inputSize, describeBackbone(each).inputShape.length);
    return withFlagNames(() => describeBackbone(each, { pool, positions, inputShape, classes, auxiliary }));
  };
  if (name === undefined) {
    const all = BACKBONE_NAMES.map(describe);
    if (json) printJson({ models: all.map(({ layers: _, ...network }) => network) });
    else process.stdout.write(`${networksTable(all)}\n`);
  } else {
    const one = describe(name as BackboneName);
    if (json) printJson(one);
    else process.stdout.write(`${layersTable(one)}\n`);
  }
  return EXIT.ok;
}

function withChannels(inputSize: readonly number[], rank: number): readonly number[] {
  return inputSize.length === rank - 1 ? [...inputSize, 3] : inputSize;
}
