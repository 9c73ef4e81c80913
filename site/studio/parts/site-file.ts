/** Files of the site. */
import { VisitorError } from './visitor-file.ts';

/** Loads a file. Throws a VisitorError, which names `what` it is, if that fails. */
export async function siteFile(address: string, what: string): Promise<Blob> {
  const file = await fetch(address)
    .then((response) => (response.ok ? response.blob() : undefined))
    .catch(() => undefined);
  if (file === undefined) throw new VisitorError(`${what} could not be loaded. Go online, then try again or reload the page.`);
  return file;
}
