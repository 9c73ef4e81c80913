/** Kernel, stride, padding, dilation and ceil mode along one axis, with the output size worked out. */
import { type AxisWindows, poolGeometry } from 'softpool';
import { defineComponent, type Ref } from 'vue';
import { CodeOf, type Snippet } from '../parts/CodeOf.tsx';
import { counted } from '../parts/format-number.ts';
import { pytorch } from '../parts/pytorch.ts';
import { Slider } from '../parts/Slider.tsx';
import { choiceCodec, integerCodec, useUrlState } from '../parts/url-state.ts';

type Rounding = 'floor' | 'ceil';

interface Geometry {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  readonly rounding: Rounding;
}

/** Sliders, the formula with their values, and a picture of each window. */
export default defineComponent(() => {
  const sizes = {
    size: useUrlState('size', 10, integerCodec(1, 16)),
    kernel: useUrlState('kernel', 3, integerCodec(1, 7)),
    stride: useUrlState('stride', 2, integerCodec(1, 5)),
    padding: useUrlState('padding', 1, integerCodec(0, 4)),
    dilation: useUrlState('dilation', 1, integerCodec(1, 4)),
  };
  const rounding = useUrlState<Rounding>('rounding', 'floor', choiceCodec(['floor', 'ceil']));
  return () => {
    const geometry: Geometry = {
      size: sizes.size.value,
      kernel: sizes.kernel.value,
      stride: sizes.stride.value,
      padding: sizes.padding.value,
      dilation: sizes.dilation.value,
      rounding: rounding.value,
    };
    const result = windowsOf(geometry);
    return (
      <section class="instrument" id="instrument-geometry" aria-label="Windows along one axis">
        <div class="sliders">
          {slider('input size', sizes.size, 1, 16)}
          {slider('kernel', sizes.kernel, 1, 7)}
          {slider('stride', sizes.stride, 1, 5)}
          {slider('padding', sizes.padding, 0, 4)}
          {slider('dilation', sizes.dilation, 1, 4)}
          <label class="check">
            <input
              type="checkbox"
              checked={rounding.value === 'ceil'}
              onChange={(event) => {
                rounding.value = (event.target as HTMLInputElement).checked ? 'ceil' : 'floor';
              }}
            />
            ceil mode
          </label>
        </div>
        {typeof result === 'string' ? (
          <p class="problem" role="alert">
            {result}
          </p>
        ) : (
          <p class="formula" data-formula>
            {formulaOf(geometry, result.outputSize)}
          </p>
        )}
        <div class="windows-frame">{typeof result === 'string' ? null : <Windows geometry={geometry} windows={result} />}</div>
        <p class="note">
          Each row below the first is a window. Filled cells are its inputs, dashed ones padding, and dotted ones beyond the padding.
        </p>
        <CodeOf snippets={snippets(geometry, typeof result !== 'string')} />
      </section>
    );
  };
});

function slider(label: string, value: Ref<number>, least: number, most: number) {
  return (
    <label class="slider">
      <span>
        {label} <b>{value.value}</b>
      </span>
      <Slider
        value={value.value}
        least={least}
        most={most}
        onChange={(next) => {
          value.value = next;
        }}
      />
    </label>
  );
}

/** The windows as the library computes them, or its error in words. */
function windowsOf({ size, kernel, stride, padding, dilation, rounding }: Geometry): AxisWindows | string {
  try {
    const options = { spatialDims: 1, kernelSize: kernel, stride, padding, dilation, ceilMode: rounding === 'ceil' } as const;
    return poolGeometry([1, size], options).axes[0] as AxisWindows;
  } catch (error) {
    return (error as Error).message;
  }
}

function formulaOf({ size, kernel, stride, padding, dilation, rounding }: Geometry, outputSize: number): string {
  const [open, close] = rounding === 'ceil' ? ['⌈', '⌉'] : ['⌊', '⌋'];
  const computed = (size + 2 * padding - dilation * (kernel - 1) - 1) / stride;
  const plain = (rounding === 'ceil' ? Math.ceil(computed) : Math.floor(computed)) + 1;
  const fraction = `${open}(${size} + 2·${padding} − ${dilation}·(${kernel} − 1) − 1) / ${stride}${close} + 1 = ${plain}`;
  return plain === outputSize
    ? `output size = ${fraction}`
    : `${fraction}, but a window must start before the padding at the end: output size = ${outputSize}`;
}

/** One row for each window: its elements over the input, with the padding around it. */
function Windows({ geometry: { size, kernel, stride, padding, dilation }, windows }: { geometry: Geometry; windows: AxisWindows }) {
  const last = (windows.outputSize - 1) * stride + dilation * (kernel - 1) + 1;
  const columns = Math.max(size + 2 * padding, last);
  const cells = Array.from({ length: columns }, (_, position) => position);
  const kindOf = (position: number) => {
    if (position >= size + 2 * padding) return 'beyond'; // in ceil mode
    return position >= padding && position < padding + size ? 'input' : 'padding';
  };
  const text = Array.from(
    windows.start,
    (start, index) => `window ${index + 1}: ${counted(windows.count[index] ?? 0, 'input')} from ${start + 1}`,
  );
  return (
    <div class="windows" role="img" aria-label={text.join('; ')} style={{ '--columns': columns }}>
      <div class="row">
        {cells.map((position) => (
          <i key={position} class={kindOf(position)} />
        ))}
      </div>
      {Array.from(windows.start, (_, index) => {
        const first = index * stride;
        const taps = new Set(Array.from({ length: kernel }, (_unused, tap) => first + tap * dilation));
        return (
          <div key={index} class="row">
            {cells.map((position) => (
              <i key={position} class={taps.has(position) ? `tap ${kindOf(position)}` : 'none'} />
            ))}
          </div>
        );
      })}
    </div>
  );
}

function snippets({ size, kernel, stride, padding, dilation, rounding }: Geometry, isValid: boolean): readonly Snippet[] {
  const ceilMode = rounding === 'ceil' ? ', ceilMode: true' : '';
  const code = `import { softPool1d } from 'softpool';

const x = { data: new Float32Array(${size}), shape: [1, ${size}] }; // [C, L]
const y = softPool1d(x, { kernelSize: ${kernel}, stride: ${stride}, padding: ${padding}, dilation: ${dilation}${ceilMode} });
console.log(y.shape);
`;
  const call = `x = torch.zeros(1, 1, 1, ${size})
print(soft_pool2d(x, (1, ${kernel}), (1, ${stride}), (0, ${padding}), (1, ${dilation})).shape)`;
  const typescript: Snippet = { language: 'TypeScript', code };
  // The snippet in Python has no ceil mode, and would not say what is wrong.
  return rounding === 'ceil' || !isValid ? [typescript] : [typescript, { language: 'PyTorch', code: pytorch(call) }];
}
