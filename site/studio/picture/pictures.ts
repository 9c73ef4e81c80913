/** The pictures of the studio, decoded when they are first needed. */
import { onMounted, type Ref, ref, shallowRef, watch } from 'vue';
import astronaut from '../../pictures/astronaut.webp';
import coffee from '../../pictures/coffee.webp';
import galaxies from '../../pictures/galaxies.webp';
import { siteFile } from '../parts/site-file.ts';

/** Pictures to choose from. examples/photographs/README.md says where they are from. */
export const PICTURES = ['galaxies', 'astronaut', 'coffee'] as const;
export type PictureName = (typeof PICTURES)[number];

const ADDRESSES: Readonly<Record<PictureName, string>> = { galaxies, astronaut, coffee };

/** The file of a picture. Rejects with a VisitorError if it cannot be loaded. */
export function fileOf(name: PictureName): Promise<Blob> {
  return siteFile(ADDRESSES[name], 'The picture');
}

const decoded = new Map<PictureName, Promise<ImageData>>();

/** The pixels of a picture. */
function pictureOf(name: PictureName): Promise<ImageData> {
  let picture = decoded.get(name);
  if (picture === undefined) {
    picture = decode(name);
    decoded.set(name, picture);
    picture.catch(() => decoded.delete(name));
  }
  return picture;
}

/** The pixels of the chosen picture, once they are there, or why they are not. */
export function usePicture(name: Ref<PictureName>) {
  const pixels = shallowRef<ImageData>();
  const problem = ref('');
  const load = async () => {
    const wanted = name.value;
    const loaded = await pictureOf(wanted).catch((error: unknown) => error as Error);
    if (name.value !== wanted) return;
    problem.value = loaded instanceof Error ? loaded.message : '';
    pixels.value = loaded instanceof Error ? undefined : loaded;
  };
  onMounted(() => void load());
  watch(name, () => void load());
  return { pixels, problem };
}

async function decode(name: PictureName): Promise<ImageData> {
  const bitmap = await createImageBitmap(await fileOf(name));
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this browser gives no canvas to read a picture from');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
