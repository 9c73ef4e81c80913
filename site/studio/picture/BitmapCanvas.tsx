/** A bitmap on a canvas: a large picture is handed over, which takes no time, and not drawn. */
import { defineComponent, onMounted, ref, watch } from 'vue';

/** The canvas. */
export const BitmapCanvas = defineComponent(
  (props: { bitmap: ImageBitmap | undefined; label: string }) => {
    const canvas = ref<HTMLCanvasElement>();
    const show = async () => {
      const { bitmap } = props;
      if (bitmap === undefined) return;
      // The canvas takes what it is given. A copy of a bitmap shares its pixels.
      const copy = await createImageBitmap(bitmap);
      if (props.bitmap === bitmap) canvas.value?.getContext('bitmaprenderer')?.transferFromImageBitmap(copy);
      else copy.close();
    };
    onMounted(() => void show());
    watch(
      () => props.bitmap,
      () => void show(),
      { flush: 'post' },
    );
    return () => <canvas ref={canvas} role="img" aria-label={props.label} width={1} height={1} />;
  },
  { props: ['bitmap', 'label'] },
);
