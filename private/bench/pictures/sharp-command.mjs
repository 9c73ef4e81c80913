// What `softpool image` is compared with: `node sharp-command.mjs FACTOR OUTPUT SHRINK FILE…` makes
// files smaller by sharp's lanczos3, as many at a time as there are processors, each on one thread.
import { cpus } from 'node:os';
import { basename } from 'node:path';
import { argv } from 'node:process';
import sharp from 'sharp';

const [, , factor, output, shrink, ...files] = argv;
sharp.concurrency(1);
sharp.cache(false);
const waiting = [...files];
await Promise.all(cpus().map(work));

async function work() {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    const { width, height } = await sharp(file).metadata();
    const [w, h] = [width, height].map((side) => Math.ceil(side / Number(factor)));
    const image = sharp(file);
    // With a working space of its own sharp decodes all pixels: without fastShrinkOnLoad it still
    // lets libjpeg halve the image from a factor of 4 on.
    if (shrink === 'decode') image.pipelineColourspace('srgb');
    await image.resize(w, h, { fit: 'fill', kernel: 'lanczos3' }).toFile(`${output}/${basename(file)}`);
  }
}
