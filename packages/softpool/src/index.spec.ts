/** The specification on the calls of `softpool`. */
import { specify } from '@softpool/specification/specify';
import * as softpool from './index.ts';

specify({ name: 'the calls of softpool', open: () => softpool });
