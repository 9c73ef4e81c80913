/** The second argument of `randomOf` for each purpose, so that no two purposes share a stream. */
export const PURPOSE = { order: 1, augmentation: 2, split: 3, movingShapes: 4, texturedShapes: 5 } as const;
