/**
 * What the options of networks and training may be, for the help of commands. `@softpool/models`
 * and `@softpool/training` have the same lists, but are slow to load and need not be installed.
 */
import type { BackboneOptions } from '@softpool/models';
import type { BackendName, Recipe, TrainingRecipe } from '@softpool/training/node';

export const POOLS = ['soft', 'max', 'average'] as const satisfies readonly BackboneOptions['pool'][];
export const POSITIONS = ['paper', 'all'] as const satisfies readonly BackboneOptions['positions'][];
export const AUGMENTATIONS = ['paper', 'imagenet', 'cifar', 'video', 'none'] as const satisfies readonly Recipe[];
export const OPTIMIZERS = ['sgd', 'adamw'] as const satisfies readonly TrainingRecipe['optimizer'][];
export const SCHEDULES = ['step', 'cosine', 'constant'] as const satisfies readonly TrainingRecipe['schedule'][];
export const BACKENDS = ['wasm', 'webgpu', 'cpu'] as const satisfies readonly BackendName[];
