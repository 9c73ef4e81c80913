// Makes the pictures of the studio from examples/photographs: squares, small enough for a phone.
// `node site/build/make-pictures.mjs`
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const root = fileURLToPath(new URL('../..', import.meta.url));
const CROPS = [
  { from: 'hubble-deep-field.jpg', to: 'galaxies', left: 60, top: 300, side: 512 },
  { from: 'astronaut.png', to: 'astronaut', left: 0, top: 0, side: 512 },
  { from: 'coffee.png', to: 'coffee', left: 140, top: 0, side: 400 },
];

for (const { from, to, left, top, side } of CROPS) {
  const { size } = await sharp(`${root}examples/photographs/${from}`)
    .extract({ left, top, width: side, height: side })
    .webp({ quality: 88 })
    .toFile(`${root}site/pictures/${to}.webp`);
  console.log(`${to}.webp: ${side} × ${side}, ${size} bytes`);
}
