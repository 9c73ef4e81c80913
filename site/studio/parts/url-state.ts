/**
 * What a visitor sets, kept in the query of the page's address: a link to the page shows the same.
 * The first rendering has the initial values, as the page that the build wrote; the address is read
 * once the page is alive, and again when the visitor goes back or forward.
 */
import { onMounted, onUnmounted, type Ref, ref, watch } from 'vue';

/** How a value is written in the address. `parse` returns undefined for anything invalid. */
export interface Codec<T> {
  readonly parse: (text: string) => T | undefined;
  readonly format: (value: T) => string;
}

/** A number within limits. */
export function numberCodec(least: number, most: number): Codec<number> {
  return { parse: (text) => numberWithin(text, least, most), format: String };
}

/** An integer within limits. */
export function integerCodec(least: number, most: number): Codec<number> {
  const parse = (text: string) => {
    const value = numberWithin(text, least, most);
    return Number.isInteger(value) ? value : undefined;
  };
  return { parse, format: String };
}

/** Numbers separated by commas. */
export function numbersCodec(least: number, most: number, maxLength: number): Codec<readonly number[]> {
  return {
    parse: (text) => {
      const values = text.split(',').map((part) => numberWithin(part, least, most));
      return values.length <= maxLength && values.every((value) => value !== undefined) ? values : undefined;
    },
    format: (values) => values.join(','),
  };
}

/** One of some names. */
export function choiceCodec<T extends string>(choices: readonly T[]): Codec<T> {
  return { parse: (text) => choices.find((choice) => choice === text), format: (value) => value };
}

/**
 * A value that is kept in the address as `name`. An initial value is left out of it. A value that
 * `codec` cannot read counts as left out.
 *
 * @param shared - The value, if several instruments have it in common.
 */
export function useUrlState<T>(name: string, initial: T, codec: Codec<T>, shared: Ref<T> = ref(initial) as Ref<T>): Ref<T> {
  let page: string | undefined;
  const inAddress = () => {
    const text = new URLSearchParams(location.search).get(name);
    return (text === null ? undefined : codec.parse(text)) ?? initial;
  };
  const read = () => {
    // The address of another page comes before the page.
    if (location.pathname !== page) return;
    const value = inAddress();
    if (codec.format(value) !== codec.format(shared.value)) shared.value = value;
  };
  onMounted(() => {
    page = location.pathname;
    read();
    addEventListener('popstate', read);
  });
  onUnmounted(() => removeEventListener('popstate', read));
  watch(shared, (value) => {
    const text = codec.format(value);
    // What was read is not written: by then, the visitor may have gone to another entry.
    if (text === codec.format(inAddress())) pending.delete(name);
    else writeLater(name, text === codec.format(initial) ? undefined : text);
  });
  return shared;
}

/** Browsers allow few changes of the address in a second, and a drag makes many. */
const pending = new Map<string, string | undefined>();

/** Writes `name` with all that changes at that moment; without a text, it leaves the address. */
function writeLater(name: string, text: string | undefined): void {
  if (pending.size === 0) setTimeout(writeAddress, 300, location.pathname);
  pending.set(name, text);
}

/** Writes what changed on `page`, unless the visitor has left it. */
function writeAddress(page: string): void {
  const url = new URL(location.href);
  const changes = [...pending];
  pending.clear();
  if (url.pathname !== page || changes.length === 0) return;
  for (const [name, text] of changes) {
    if (text === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, text);
  }
  history.replaceState(history.state, '', url.pathname + url.search.replaceAll('%2C', ',') + url.hash);
}

function numberWithin(text: string, least: number, most: number): number | undefined {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return value >= least && value <= most ? value + 0 : undefined; // −0 as 0
}
