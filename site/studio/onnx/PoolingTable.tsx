/** The poolings of a model, and what became of each. */
import type { PoolingChange } from '@softpool/onnx';
import type { VNode } from 'vue';

/** Rows that are shown; a large model has hundreds. */
const MOST_ROWS = 40;

/** The table. */
export function PoolingTable({ report }: { readonly report: readonly PoolingChange[] }): VNode {
  return (
    <section class="wide-table" tabindex={0} aria-label="Poolings of the model">
      <table class="poolings">
        <thead>
          <tr>
            <th scope="col">name</th>
            <th scope="col">before</th>
            <th scope="col">after</th>
            <th scope="col">why</th>
          </tr>
        </thead>
        <tbody>
          {report.slice(0, MOST_ROWS).map(({ path, before, after, action, reason }, index) => (
            <tr key={index} data-action={action}>
              <th scope="row">{path}</th>
              <td>{before}</td>
              <td>{action === 'replaced' ? after : action}</td>
              <td>{reason}</td>
            </tr>
          ))}
        </tbody>
        {report.length > MOST_ROWS && (
          <caption>
            The first {MOST_ROWS} of {report.length}
          </caption>
        )}
      </table>
    </section>
  );
}
