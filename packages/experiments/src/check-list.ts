/** Checks of lists among the options of experiments. */
import { rangeError, typeError } from 'softpool/internal';

/** Throws unless `list` has an entry, and no entry twice, which would be the same run. */
export function checkList(call: string, option: string, list: unknown): asserts list is readonly unknown[] {
  if (!Array.isArray(list)) throw typeError(call, option, 'a list', list);
  if (list.length === 0) throw rangeError(call, option, 'a list of at least one', list);
  const found = new Set<string>();
  for (const [index, entry] of list.entries()) {
    if (found.has(String(entry))) throw rangeError(call, `${option}[${index}]`, 'different from the entries before it', entry);
    found.add(String(entry));
  }
}
