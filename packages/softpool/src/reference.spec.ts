/** The specification on the definition, through `softpool/reference`. */
import * as reference from './reference.ts';
import { specify } from './specification/specify.ts';

specify({
  name: 'the calls of softpool/reference',
  open: () => reference,
  cannot: { 'large tensors': 'the definition takes minutes, and has no blocks to get wrong' },
});
