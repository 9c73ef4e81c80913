/** What measured times are summed up by. */

/** Three values that divide measured ones into four equal parts. */
export interface Quartiles {
  readonly firstQuartile: number;
  readonly median: number;
  readonly thirdQuartile: number;
}

/** The quartiles of some values, interpolated between the two next to a place in their order. */
export function quartiles(values: readonly number[]): Quartiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const [below = Number.NaN, above = Number.NaN] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    return below + (place % 1) * (above - below);
  };
  return { firstQuartile: at(0.25), median: at(0.5), thirdQuartile: at(0.75) };
}
