/**
 * A bitmap on a canvas. It is handed on to a worker, which puts it there: with 24 megapixels, that
 * takes a third of a second. So a bitmap goes to one canvas, and is empty then.
 */
import { defineComponent, onMounted, onUnmounted, ref, watch } from 'vue';

let painter: Worker | undefined;

/** The canvas. It emits `fail` if the worker reports an error. */
export const BitmapCanvas = defineComponent(
  (props: { bitmap: ImageBitmap | undefined; label: string; isHidden: boolean }, { emit }) => {
    const canvas = ref<HTMLCanvasElement>();
    let port: MessagePort | undefined;
    const fail = () => {
      painter = undefined; // a later page starts another
      emit('fail');
    };
    const show = () => {
      if (props.bitmap !== undefined) port?.postMessage(props.bitmap, [props.bitmap]);
    };
    onMounted(() => {
      const surface = canvas.value?.transferControlToOffscreen();
      if (surface === undefined) return;
      const { port1, port2 } = new MessageChannel();
      port = port1;
      painter ??= new Worker(new URL('./bitmap-canvas.worker.ts', import.meta.url), { type: 'module' });
      painter.addEventListener('error', fail);
      painter.postMessage({ canvas: surface, port: port2 }, [surface, port2]);
      show();
    });
    onUnmounted(() => {
      port?.close();
      painter?.removeEventListener('error', fail);
    });
    watch(() => props.bitmap, show, { flush: 'post' });
    return () => <canvas ref={canvas} hidden={props.isHidden} role="img" aria-label={props.label} width={1} height={1} />;
  },
  { props: ['bitmap', 'label', 'isHidden'], emits: ['fail'] },
);
