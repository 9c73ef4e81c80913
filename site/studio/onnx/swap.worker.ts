/** Lists and swaps the poolings of a visitor's model. */
import { externalFiles, OnnxModelError, swapPooling } from '@softpool/onnx';
import { checkFile, megabytes, VisitorError } from '../parts/visitor-file.ts';
import { MOST_BYTES, REPLACED, type SwapAnswer, type SwapRequest } from './messages.ts';

/** The request that counts: the page may have asked for others while a file was read. */
let latest = 0;
let opened: { readonly file: Blob; readonly bytes: Uint8Array } | undefined;

addEventListener('message', (event: MessageEvent<SwapRequest>) => {
  const { id } = event.data;
  latest = id;
  swap(event.data).then(
    (swapped) => swapped && answer(swapped),
    (error: unknown) => answer({ id, kind: 'failed', message: inWords(error) }),
  );
});

async function swap({ id, file, choices }: SwapRequest): Promise<SwapAnswer | undefined> {
  if (file.size > MOST_BYTES) {
    const limit = `The file has ${megabytes(file.size)}, and this page opens at most ${megabytes(MOST_BYTES)}.`;
    const message = `${limit} Use softpool swap, which edits models of any size.`;
    return { id, kind: 'failed', message };
  }
  await checkFile(file);
  if (opened?.file !== file) opened = { file, bytes: new Uint8Array(await file.arrayBuffer()) };
  if (id !== latest) return undefined;
  const { from, window, beta } = choices;
  const { model, report } = swapPooling(opened.bytes, { from: REPLACED[from], window, beta });
  const external = externalFiles(opened.bytes).map(({ path }) => path);
  return { id, kind: 'swapped', report, swapped: new Blob([model]), external };
}

function inWords(error: unknown): string {
  if (error instanceof VisitorError) return error.message;
  if (error instanceof OnnxModelError)
    return `This file cannot be opened: ${error.message}. Choose an .onnx file that is complete, or export the model again.`;
  return `The model could not be read: ${String(error)}. Reload the page, or use softpool swap.`;
}

function answer(message: SwapAnswer): void {
  postMessage(message);
}
