/** Average, soft and max as marks on one line, with the inputs as ticks. */
import type { VNode } from 'vue';
import { formatNumber } from '../parts/format-number.ts';
import type { WindowNumbers } from './window-numbers.ts';

interface NumberLineProps {
  readonly inputs: readonly number[];
  readonly numbers: WindowNumbers;
  readonly domain: readonly [least: number, most: number];
}

/** The line. Each mark has a shape of its own beside its color, and a lane for its label. */
export function NumberLine({ inputs, numbers, domain: [least, most] }: NumberLineProps): VNode {
  const at = (value: number) => Math.min(1, Math.max(0, (value - least) / (most - least)));
  const marks = [
    { name: 'average', value: numbers.average },
    { name: 'soft', value: numbers.soft },
    { name: 'max', value: numbers.max },
  ] as const;
  const text = marks.map(({ name, value }) => `${name} ${formatNumber(value)}`).join(', ');
  return (
    <div class="number-line" role="img" aria-label={`On one line from ${formatNumber(least)} to ${formatNumber(most)}: ${text}`}>
      <div class="line">
        <span class="end">{formatNumber(least)}</span>
        <span class="end last">{formatNumber(most)}</span>
        {inputs.map((value, index) => (
          <i key={index} class="tick" style={{ '--at': at(value) }} />
        ))}
        {marks.map(({ name, value }) => (
          <i key={name} class={`mark ${name}`} style={{ '--at': at(value) }} />
        ))}
      </div>
      {marks.map(({ name, value }) => (
        <div key={name} class={`lane ${name}`}>
          <span style={{ '--at': at(value), '--shift': `${-100 * at(value)}%` }}>
            {name} <b data-mark={name}>{formatNumber(value)}</b>
          </span>
        </div>
      ))}
    </div>
  );
}
