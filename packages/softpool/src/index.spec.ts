/** The specification on the calls of `softpool`. */
import * as softpool from './index.ts';
import { specify } from './specification/specify.ts';

specify({ name: 'the calls of softpool', open: () => softpool });
