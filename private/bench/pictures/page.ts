/** The part of the benchmark that runs in a page. */
import { poolImage, poolImageAsync, toImageData } from '@softpool/media';
import { pica } from 'pica';
