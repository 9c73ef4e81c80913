/** How fast this browser pools: the same call on each of its backends. */
import { defineComponent, ref } from 'vue';
import { formatNumber } from '../parts/format-number.ts';
import { useWorker } from '../parts/use-worker.ts';
import './speed.css';
import { LiveClip } from './LiveClip.tsx';
import type { SpeedRow } from './speed.worker.ts';

const SHAPE = [4, 64, 112, 112];
const BYTES = SHAPE.reduce((product, size) => product * size, 4);

/** A button that measures, the table, and a live clip. */
export default defineComponent(() => {
  const rows = ref<readonly SpeedRow[]>([]);
  const status = ref<'idle' | 'measuring' | 'done' | 'failed'>('idle');
  const worker = useWorker<'measure', SpeedRow | 'done'>(
    () => new Worker(new URL('./speed.worker.ts', import.meta.url), { type: 'module' }),
    (answer) => {
      if (answer === 'done') status.value = 'done';
      else rows.value = [...rows.value, answer];
    },
    () => {
      status.value = 'failed';
    },
  );
  const measure = () => {
    worker.end();
    rows.value = [];
    status.value = 'measuring';
    worker.ask('measure');
  };
  return () => (
    <section class="instrument" id="instrument-speed" aria-label="Speed here">
      <div class="actions">
        <button type="button" class="primary" disabled={status.value === 'measuring'} onClick={measure}>
          {status.value === 'measuring' ? 'Measuring …' : 'Measure this browser'}
        </button>
        <span class="note">softPool2d, float32, [{SHAPE.join(', ')}], windows of 2 × 2</span>
      </div>
      <table class="speed">
        <thead>
          <tr>
            <th scope="col">backend</th>
            <th scope="col">ms</th>
            <th scope="col">GB/s</th>
            <th scope="col">how</th>
          </tr>
        </thead>
        <tbody>
          {(['copy', 'wasm', 'threads', 'WebGPU'] as const).map((backend) => {
            const row = rows.value.find((each) => each.backend === backend);
            return (
              <tr key={backend} data-backend={backend}>
                <th scope="row">{backend}</th>
                <td>{row?.milliseconds === undefined ? '–' : formatNumber(row.milliseconds, 3)}</td>
                <td>{row?.milliseconds === undefined ? '–' : formatNumber(BYTES / row.milliseconds / 1e6, 3)}</td>
                <td>{row?.note ?? ''}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p class="note" role="status">
        {status.value === 'failed'
          ? 'The measurement stopped: the worker could not start or ran out of memory. Reload the page.'
          : 'Milliseconds are medians of 9 rounds. GB/s count the bytes of the input. Other work on this computer changes them.'}
      </p>
      <LiveClip />
    </section>
  );
});
