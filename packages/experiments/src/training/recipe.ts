/** How all trainings of the experiments are optimized: SGD, tuned for no kind of pooling. */
export const RECIPE = { momentum: 0.9, weightDecay: 1e-4, schedule: 'cosine' } as const;
