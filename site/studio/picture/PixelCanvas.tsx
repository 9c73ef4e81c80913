/** Pixels on a canvas, enlarged without smoothing. */
import { type Pixels, toImageData } from '@softpool/media';
import { defineComponent, onMounted, ref, watch } from 'vue';

/** The canvas. It has its place before there are pixels, and is empty without any. */
export const PixelCanvas = defineComponent(
  (props: { pixels: Pixels<Uint8ClampedArray> | undefined; label: string }) => {
    const canvas = ref<HTMLCanvasElement>();
    const draw = () => {
      const { pixels } = props;
      if (canvas.value === undefined) return;
      if (pixels === undefined) {
        canvas.value.width = 1; // which clears it
        return;
      }
      if (canvas.value.width !== pixels.width) canvas.value.width = pixels.width;
      if (canvas.value.height !== pixels.height) canvas.value.height = pixels.height;
      canvas.value.getContext('2d')?.putImageData(toImageData(pixels), 0, 0);
    };
    onMounted(draw);
    watch(() => props.pixels, draw, { flush: 'post' });
    return () => <canvas ref={canvas} class="pixels" role="img" aria-label={props.label} width={1} height={1} />;
  },
  { props: ['pixels', 'label'] },
);
