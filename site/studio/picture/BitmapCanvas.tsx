/** A bitmap on a canvas: a large picture is shown without copying it. */
import { defineComponent, onMounted, ref, watch } from 'vue';

/** The canvas. */
export const BitmapCanvas = defineComponent(
  (props: { bitmap: ImageBitmap | undefined; label: string }) => {
    const canvas = ref<HTMLCanvasElement>();
    const show = () => {
      const { bitmap } = props;
      if (bitmap === undefined || canvas.value === undefined) return;
      [canvas.value.width, canvas.value.height] = [bitmap.width, bitmap.height];
      canvas.value.getContext('2d')?.drawImage(bitmap, 0, 0);
    };
    onMounted(show);
    watch(() => props.bitmap, show, { flush: 'post' });
    return () => <canvas ref={canvas} role="img" aria-label={props.label} width={1} height={1} />;
  },
  { props: ['bitmap', 'label'] },
);
