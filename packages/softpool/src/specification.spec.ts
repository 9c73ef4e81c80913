/** The specification on every backend that runs on the CPU. Add a backend here. */
import * as softpool from './index.ts';
import * as reference from './reference.ts';
import { type Subject, specify } from './specification/specify.ts';

const backends: readonly Subject[] = [
  { name: 'the calls of softpool', open: () => softpool },
  {
    name: 'the calls of softpool/reference',
    open: () => reference,
    cannot: { 'large tensors': 'the definition takes minutes, and knows no blocks' },
  },
];

for (const backend of backends) specify(backend);
