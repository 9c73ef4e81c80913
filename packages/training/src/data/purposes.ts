/** What random numbers of the data are for, as the second argument of `randomOf`: streams of different purposes never meet. */
export const PURPOSE = { order: 1, augmentation: 2, split: 3, movingShapes: 4, texturedShapes: 5 } as const;
