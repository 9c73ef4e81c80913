/** Paths of inputs as paths in an output folder. */

/**
 * A path with `/` between folders. What leads out of the output folder is left out: a root, a
 * drive, `.` and `..`.
 */
export function pathBelowOutput(path: string, separator: '/' | '\\'): string {
  const parts = (separator === '/' ? path : path.replaceAll('\\', '/').replace(/^[A-Za-z]:/, '')).split('/');
  return parts.filter((part) => part !== '' && part !== '.' && part !== '..').join('/');
}
