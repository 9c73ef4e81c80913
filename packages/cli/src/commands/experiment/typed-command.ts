/** The command of an experiment as its report shows it. */

/** Options that do not affect the figures. */
const IGNORED = ['--resume', '--force', '--quiet', '--json'];

/** The words of a command line, without options that do not affect the figures. */
export function typedCommand(words: readonly string[]): string {
  const isKept = (word: string, index: number): boolean =>
    !IGNORED.includes(word) && !/^(-o|--output$|--output=)/.test(word) && !/^(-o|--output)$/.test(words[index - 1] ?? '');
  const quoted = words.filter(isKept).map((word) => (/^[\w./:=,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`));
  return ['softpool', ...quoted].join(' ');
}
