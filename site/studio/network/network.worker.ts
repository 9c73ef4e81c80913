/** Runs the network of the site as it was trained, and with its poolings swapped. */
import { swapPooling } from '@softpool/onnx';
import type { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-web/wasm';
import { openSession, Tensor } from '../onnx/runtime.ts';
import { siteFile } from '../parts/site-file.ts';
import { VisitorError } from '../parts/visitor-file.ts';
import { CLOTHES, PICTURE_SIDE } from './clothes.ts';
import type { FeatureMaps, NetworkAnswer, NetworkRequest, NetworkRun } from './messages.ts';

interface Network {
  readonly bytes: Uint8Array;
  /** The pictures, each with gray levels from −1 to 1. */
  readonly pictures: readonly Float32Array[];
  readonly max: InferenceSession;
}

let network: Promise<Network> | undefined;
let soft: { readonly beta: number; readonly session: InferenceSession } | undefined;

addEventListener('message', (event: MessageEvent<NetworkRequest>) => {
  run(event.data).catch((error: unknown) => {
    network = undefined;
    const message =
      error instanceof VisitorError
        ? error.message
        : `The network could not run: ${String(error)}. Reload the page, or use another browser.`;
    answer({ kind: 'failed', message });
  });
});

async function run(request: NetworkRequest): Promise<void> {
  network ??= openNetwork();
  const { bytes, pictures, max } = await network;
  if (soft?.beta !== request.beta) {
    const session = await openSession(swapPooling(bytes, { beta: request.beta }).model);
    await soft?.session.release();
    soft = { beta: request.beta, session };
  }
  const levels = pictures[request.picture] as Float32Array;
  const runs = { max: await runOn(max, levels), soft: await runOn(soft.session, levels) };
  answer({ kind: 'ran', request, runs });
}

async function openNetwork(): Promise<Network> {
  const [model, sprite] = await Promise.all([siteFile(CLOTHES.model, 'The network'), siteFile(CLOTHES.sprite, "The network's pictures")]);
  const bytes = new Uint8Array(await model.arrayBuffer());
  return { bytes, pictures: await picturesOf(sprite), max: await openSession(bytes) };
}

async function picturesOf(sprite: Blob): Promise<Float32Array[]> {
  const bitmap = await createImageBitmap(sprite);
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this browser gives no canvas');
  context.drawImage(bitmap, 0, 0);
  return CLOTHES.pictures.map((_, index) => {
    const { data } = context.getImageData(index * PICTURE_SIDE, 0, PICTURE_SIDE, PICTURE_SIDE);
    return Float32Array.from({ length: PICTURE_SIDE ** 2 }, (_unused, pixel) => (data[pixel * 4] as number) / 127.5 - 1);
  });
}

async function runOn(session: InferenceSession, levels: Float32Array): Promise<NetworkRun> {
  const input = new Tensor('float32', levels, [1, 1, PICTURE_SIDE, PICTURE_SIDE]);
  const outputs = await session.run({ [session.inputNames[0] as string]: input });
  const logits = (outputs[session.outputNames[0] as string] as RuntimeTensor).data as Float32Array;
  return {
    probabilities: softmax(logits),
    layers: CLOTHES.layers.map(({ before, after }) => ({ before: mapsOf(outputs[before]), after: mapsOf(outputs[after]) })),
  };
}

function mapsOf(tensor: RuntimeTensor | undefined): FeatureMaps {
  const [, channels = 0, side = 0] = tensor?.dims ?? [];
  return { data: Float32Array.from(tensor?.data as Float32Array), channels, side };
}

function softmax(logits: Float32Array): number[] {
  const largest = Math.max(...logits);
  const exponentials = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = exponentials.reduce((total, each) => total + each, 0);
  return exponentials.map((each) => each / sum);
}

function answer(message: NetworkAnswer): void {
  postMessage(message);
}
