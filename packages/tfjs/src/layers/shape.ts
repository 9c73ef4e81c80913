/** Shapes as TensorFlow.js gives them to layers. */

/** The shape of a tensor; `null` is a size that is not fixed. */
export type Shape = (number | null)[];

/** The shape of a layer's only input or output, which TensorFlow.js may put into a list. */
export function oneShape(shape: Shape | Shape[]): Shape {
  return (Array.isArray(shape[0]) ? shape[0] : shape) as Shape;
}
