/**
 * Operators on a large batch, one image after the other. What an operator passes to the next then
 * stays in the processor's cache; of the whole batch, it would go to memory and back.
 *
 *     y = If(the batch is large) { Scan over its images } else { the operators on the batch }
 *
 * If the sizes are static, the runtime decides that once, when it opens the model.
 */
import type { ElementType } from '@softpool/surgery';
import { overAxis } from './axes.ts';
import { type NodeList, TO_THE_END } from './node-list.ts';
import { subgraph } from './subgraph.ts';

/** The least number of elements in a large batch, 4 MB in float32. Fewer stay in the cache. */
const LEAST_BATCH = 2 ** 20;

/**
 * The least number of elements in each of its images. With smaller ones, the time to start the
 * operators for each counts.
 */
const LEAST_IMAGE = 2 ** 15;

/**
 * Adds operators that keep the batch and the number of axes.
 *
 * @param x - The batch [N, …].
 * @param type - Its number of axes and the type of its elements.
 * @param add - Adds the operators for a batch of any size to a list, and returns their result.
 * @param output - The name of the result.
 */
export function imageByImage(
  list: NodeList,
  x: string,
  { rank, elementType }: { readonly rank: number; readonly elementType: ElementType },
  add: (part: NodeList, x: string) => string,
  output: string,
): string {
  const whole = list.branch('whole');
  const images = list.branch('images');
  const image = images.branch('image');
  const element = image.nameOf('x');
  const result = overAxis(image, 'Squeeze', add(image, overAxis(image, 'Unsqueeze', element, 0)), 0);
  const body = subgraph('image', image, result, { inputs: [element], rank: rank - 1, elementType });
  const results = images.op('Scan', [x], { body, num_scan_inputs: 1 });
  const branches = {
    then_branch: subgraph('images', images, results, { elementType }),
    else_branch: subgraph('whole', whole, add(whole, x), { elementType }),
  };
  return list.op('If', [isLargeBatch(list, x)], branches, output);
}

function isLargeBatch({ op, integers }: NodeList, x: string): string {
  const shape = op('Shape', [x]);
  const total = op('ReduceProd', [shape]);
  const image = op('ReduceProd', [op('Slice', [shape, integers(1), integers(TO_THE_END)])]);
  const isLarge = op('Greater', [total, integers(LEAST_BATCH - 1)]);
  const hasLargeImages = op('Greater', [image, integers(LEAST_IMAGE - 1)]);
  return op('And', [op('And', [isLarge, hasLargeImages]), op('Greater', [total, image])]);
}
