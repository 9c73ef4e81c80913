/** The pictures of the studio, decoded when they are first needed. */
import { onMounted, type Ref, shallowRef, watch } from 'vue';
import astronaut from '../../pictures/astronaut.webp';
import coffee from '../../pictures/coffee.webp';
import galaxies from '../../pictures/galaxies.webp';

/** Pictures to choose from. examples/photographs/README.md says where they are from. */
export const PICTURES = ['galaxies', 'astronaut', 'coffee'] as const;
export type PictureName = (typeof PICTURES)[number];

const ADDRESSES: Readonly<Record<PictureName, string>> = { galaxies, astronaut, coffee };
/** The address of a picture's file. */
export function addressOf(name: PictureName): string {
  return ADDRESSES[name];
}

const decoded = new Map<PictureName, Promise<ImageData>>();

/** The pixels of a picture. */
function pictureOf(name: PictureName): Promise<ImageData> {
  let picture = decoded.get(name);
  if (picture === undefined) {
    picture = decode(ADDRESSES[name]);
    decoded.set(name, picture);
    picture.catch(() => decoded.delete(name));
  }
  return picture;
}

/** The pixels of the chosen picture, once they are there. */
export function usePicture(name: Ref<PictureName>): Ref<ImageData | undefined> {
  const pixels = shallowRef<ImageData>();
  const load = async () => {
    const wanted = name.value;
    const loaded = await pictureOf(wanted);
    if (name.value === wanted) pixels.value = loaded;
  };
  onMounted(() => void load());
  watch(name, () => void load());
  return pixels;
}

async function decode(address: string): Promise<ImageData> {
  const response = await fetch(address);
  const bitmap = await createImageBitmap(await response.blob());
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this browser gives no canvas to read a picture from');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
