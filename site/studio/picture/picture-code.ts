/** The code and the command that reduce a picture as an instrument shows it. */
import type { Snippet } from '../parts/CodeOf.tsx';

/**
 * Both, for a photo.jpg.
 *
 * @param options - The options of `poolImage`, as in an object.
 * @param flags - The same for `softpool image`.
 */
export function pictureSnippets(options: string, flags: string): readonly Snippet[] {
  const code = `import { writeFile } from 'node:fs/promises';
import { encodeImage, poolImage, readImage } from '@softpool/media/node';

const picture = await readImage('photo.jpg'); // in a page: the ImageData of a canvas
const small = poolImage(picture, { ${options} });
await writeFile('small.png', await encodeImage(small, { format: 'png' }));
`;
  return [
    { language: 'TypeScript', code },
    { language: 'Command', code: `softpool image photo.jpg -o small.png ${flags}\n` },
  ];
}
