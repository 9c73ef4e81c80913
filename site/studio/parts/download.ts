/** Hands a file to the visitor, as a download. */
export function download(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // A browser on a busy machine may start to read it seconds later.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
