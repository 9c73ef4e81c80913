/** Puts the bitmaps that come through a port on the canvas that came with it. */

/** A canvas of the page, and where its bitmaps come from. */
interface Surface {
  readonly canvas: OffscreenCanvas;
  readonly port: MessagePort;
}

addEventListener('message', ({ data: { canvas, port } }: MessageEvent<Surface>) => {
  const context = canvas.getContext('bitmaprenderer');
  port.onmessage = ({ data: bitmap }: MessageEvent<ImageBitmap>) => context?.transferFromImageBitmap(bitmap);
});
