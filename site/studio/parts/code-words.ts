/**
 * Names of the visitor's within a command to copy. A name may be anything, and must stay a name.
 * In TypeScript, `JSON.stringify` writes it.
 */

/** A word of a shell, in quotes if it needs them. */
export function shellWord(text: string): string {
  if (/^[\w./:@%+,-][\w./:@%+,=-]*$/.test(text)) return text;
  const quoted = text.replaceAll("'", "'\\''");
  // A terminal would take a control character for a key. A ? outside of quotes stands for it.
  return `'${quoted.replace(/\p{Cc}/gu, "'?'")}'`;
}

/** A file in the shell's folder. A dash at its start would make it an option. */
export function shellFile(name: string): string {
  return shellWord(name.startsWith('-') ? `./${name}` : name);
}
