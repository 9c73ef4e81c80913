/** The probability of each class with max pooling, with soft pooling, and the change. */
import type { VNode } from 'vue';
import { CLOTHES } from './clothes.ts';
import type { NetworkPooling, NetworkRun } from './messages.ts';

/** The table. It has its place before the network ran. */
export function Probabilities({ runs }: { readonly runs: Readonly<Record<NetworkPooling, NetworkRun>> | undefined }): VNode {
  return (
    <table class="probabilities">
      <thead>
        <tr>
          <th scope="col">class</th>
          <th scope="col">max, %</th>
          <th scope="col">soft, %</th>
          <th scope="col">change</th>
        </tr>
      </thead>
      <tbody>
        {CLOTHES.classes.map((name, index) => {
          const [max, soft] = [runs?.max.probabilities[index], runs?.soft.probabilities[index]];
          return (
            <tr key={name}>
              <th scope="row">{name}</th>
              {cell('max', max)}
              {cell('soft', soft)}
              <td>{max === undefined || soft === undefined ? '–' : inPoints(soft - max)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function cell(pooling: NetworkPooling, probability: number | undefined): VNode {
  return (
    <td class={`under ${pooling}`} style={{ '--part': probability ?? 0 }} data-probability={pooling}>
      {probability === undefined ? '–' : (probability * 100).toFixed(1)}
    </td>
  );
}

function inPoints(change: number): string {
  const points = (change * 100).toFixed(1);
  return points === '0.0' || points === '-0.0' ? '0' : change > 0 ? `+${points}` : points.replace('-', '−');
}
