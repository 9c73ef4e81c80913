/** The specification on the definition, through `softpool/reference`. */
import { specify } from '@softpool/specification/specify';
import * as reference from './reference.ts';

specify({
  name: 'the calls of softpool/reference',
  open: () => reference,
  cannot: { 'large tensors': 'the definition takes minutes, and has no blocks to get wrong' },
});
