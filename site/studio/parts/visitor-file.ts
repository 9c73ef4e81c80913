/** Files of the visitor's, before they are decoded. */

/** An error whose message is meant for the visitor: it says what is wrong and what to do. */
export class VisitorError extends Error {}

/** A number of bytes, as visitors read it. */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

/** Throws a VisitorError unless the file has bytes that can be read. */
export async function checkFile(file: Blob): Promise<void> {
  if (file.size === 0) throw new VisitorError('The file is empty, or it is a folder. Choose another file.');
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new VisitorError('The file cannot be read: it was moved or changed, or it is a folder. Choose it again.');
  }
}
