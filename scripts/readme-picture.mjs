// Draws docs/hubble-by-4.webp, the picture of README.md.
// `npm run build && node scripts/readme-picture.mjs`
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { contactSheet } from '@softpool/media/contact-sheet';
import { compareMethods, encodeImage, readImage } from '@softpool/media/node';

const root = fileURLToPath(new URL('..', import.meta.url));
const photograph = await readImage(`${root}examples/photographs/hubble-deep-field.jpg`);
const rows = await compareMethods(photograph, { factor: 4, methods: ['soft', 'average', 'lanczos3', 'max'] });
const sheet = await contactSheet(photograph, rows, { title: 'Hubble eXtreme Deep Field, reduced by 4' });
writeFileSync(`${root}docs/hubble-by-4.webp`, await encodeImage(await readImage(sheet), { format: 'webp', quality: 80 }));
