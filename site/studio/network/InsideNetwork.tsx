/** A small trained network: its maps before and after a pool, and what it answers with each pool. */
import { computed, defineComponent, watch } from 'vue';
import { BETA_CODEC, BetaSlider, PAPER_BETA } from '../parts/BetaSlider.tsx';
import { Choice } from '../parts/Choice.tsx';
import { CodeOf, type Snippet } from '../parts/CodeOf.tsx';
import './network.css';
import { choiceCodec, integerCodec, useUrlState } from '../parts/url-state.ts';
import { PixelCanvas } from '../picture/PixelCanvas.tsx';
import { ClothesChoice } from './ClothesChoice.tsx';
import { CLOTHES } from './clothes.ts';
import { MAPS_IN_A_ROW, mapsAsPicture } from './maps-as-picture.ts';
import type { NetworkPooling } from './messages.ts';
import { Probabilities } from './Probabilities.tsx';
import { useNetwork } from './use-network.ts';

const POOLINGS = ['max', 'soft'] as const;
const LAYERS = ['first', 'second'] as const;
/** Channels and side of the maps before each pooling. */
const SHAPES = { first: { channels: 8, side: 28 }, second: { channels: 16, side: 14 } } as const;

/** The pictures, the switch, the maps and the probabilities. */
export default defineComponent(() => {
  const picture = useUrlState('clothes', 9, integerCodec(0, CLOTHES.pictures.length - 1));
  const pooling = useUrlState<NetworkPooling>('network-pool', 'max', choiceCodec(POOLINGS));
  const layer = useUrlState<(typeof LAYERS)[number]>('network-layer', 'first', choiceCodec(LAYERS));
  const beta = useUrlState('network-beta', PAPER_BETA, BETA_CODEC);
  const { state, runs, run } = useNetwork();
  const start = () => run({ picture: picture.value, beta: beta.value });
  watch([picture, beta], () => {
    if (state.status !== 'idle') start();
  });
  const maps = computed(() => {
    const shown = runs.value?.[pooling.value].layers[LAYERS.indexOf(layer.value)];
    if (shown === undefined) return undefined;
    const largest = Math.max(1e-9, ...shown.before.data);
    return { before: mapsAsPicture(shown.before, largest), after: mapsAsPicture(shown.after, largest) };
  });
  return () => {
    const { channels, side } = SHAPES[layer.value];
    const ratio = { '--columns': MAPS_IN_A_ROW, '--rows': channels / MAPS_IN_A_ROW };
    const isLoading = state.status === 'loading';
    return (
      <section class="instrument" id="instrument-network" aria-label="Inside a network">
        <ClothesChoice model={picture} />
        <div class="actions">
          <button type="button" class="primary" disabled={isLoading || runs.value !== undefined} onClick={start}>
            {isLoading ? 'Loading …' : runs.value ? 'The network is running' : 'Start the network'}
          </button>
          <span class="note">It runs on ONNX Runtime, 14 MB, which is loaded once and kept.</span>
        </div>
        <div class="status" role="status">
          {state.status === 'failed' ? (
            <p class="problem">{state.message}</p>
          ) : isLoading ? (
            <progress aria-label="Loading ONNX Runtime" />
          ) : (
            <p class="note">{runs.value ? answersInWords(runs.value) : ' '}</p>
          )}
        </div>
        <div class="controls">
          <Choice id="network-pool" label="Pooling" choices={POOLINGS} model={pooling} />
          <Choice id="network-layer" label="Layer" choices={LAYERS} model={layer} />
        </div>
        <BetaSlider id="network" model={beta} />
        <div class="feature-maps" style={ratio}>
          {(['before', 'after'] as const).map((when) => (
            <figure key={when}>
              <div class="maps">
                <PixelCanvas pixels={maps.value?.[when]} label={`${channels} feature maps ${when} ${pooling.value} pooling`} />
                {!maps.value && !isLoading && <p class="note">Start the network to see its maps</p>}
              </div>
              <figcaption>
                {when} {pooling.value} pooling: {channels} maps, {when === 'before' ? side : side / 2} ×{' '}
                {when === 'before' ? side : side / 2}
              </figcaption>
            </figure>
          ))}
        </div>
        <Probabilities runs={runs.value} />
        <CodeOf snippets={snippets(beta.value)} />
      </section>
    );
  };
});

function answersInWords(runs: NonNullable<ReturnType<typeof useNetwork>['runs']['value']>): string {
  const answers = POOLINGS.map((pooling) => {
    const { probabilities } = runs[pooling];
    return CLOTHES.classes[probabilities.indexOf(Math.max(...probabilities))];
  });
  return answers[0] === answers[1]
    ? `With both poolings the network answers: ${answers[0]}.`
    : `With max pooling the network answers: ${answers[0]}. With soft pooling it answers: ${answers[1]}.`;
}

function snippets(beta: number): readonly Snippet[] {
  const code = `import { readFile, writeFile } from 'node:fs/promises';
import { swapPooling } from '@softpool/onnx';

const { model, report } = swapPooling(await readFile('clothes.onnx'), { beta: ${beta} });
await writeFile('clothes-soft.onnx', model);
console.table(report);
`;
  return [
    { language: 'TypeScript', code },
    { language: 'Command', code: `softpool swap clothes.onnx -o clothes-soft.onnx --beta ${beta}\n` },
  ];
}
