/** Windows to begin with, as buttons. */
import type { VNode } from 'vue';
import { PRESETS } from './window-state.ts';

/** The buttons. */
export function Presets({ onChoose }: { readonly onChoose: (preset: (typeof PRESETS)[number]) => void }): VNode {
  return (
    <fieldset class="presets">
      <legend>Examples</legend>
      <div>
        {PRESETS.map((preset) => (
          <button key={preset.text} type="button" onClick={() => onChoose(preset)}>
            {preset.text}
          </button>
        ))}
      </div>
    </fieldset>
  );
}
