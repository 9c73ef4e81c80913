/** Checks of what the training experiments have in common. */
import { BACKBONE_NAMES } from '@softpool/models';
import { BACKBONES } from '@softpool/models/internal';
import { checkInteger, rangeError, typeError } from 'softpool/internal';
import { checkList } from '../check-list.ts';

/** The public call and the path of its options, as `options` or `options.video`. */
export interface Place {
  readonly call: string;
  readonly path: string;
}

interface Training {
  readonly model: string;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
}

/** Throws for a network that does not take inputs of `rank` axes, or an invalid recipe. */
export function checkTraining({ call, path }: Place, rank: number, { model, epochs, batchSize, learningRate }: Training): void {
  const names = BACKBONE_NAMES.filter((name) => BACKBONES[name].inputShape.length === rank);
  if (!names.some((name) => name === model)) throw rangeError(call, `${path}.model`, `one of ${names.join(', ')}`, model);
  checkInteger(call, `${path}.epochs`, epochs, 1);
  checkInteger(call, `${path}.batchSize`, batchSize, 1);
  if (!(Number.isFinite(learningRate) && learningRate > 0)) {
    throw rangeError(call, `${path}.learningRate`, 'a finite number above 0', learningRate);
  }
}

/** Throws unless `data` is a list of at least one path or generator. */
export function checkData({ call, path }: Place, data: unknown): void {
  checkList(call, `${path}.data`, data);
  for (const [index, source] of data.entries()) {
    if (typeof source !== 'string' || source === '') throw typeError(call, `${path}.data[${index}]`, 'a path or generator', source);
  }
}
