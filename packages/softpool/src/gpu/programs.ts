/**
 * GPU programs: WGSL files, buffers and constants. A pipeline depends on the text alone, and is
 * cached by it.
 */
import { SOURCES } from './kernels.generated.ts';

/** The storage buffers that programs read and write, and their element types. */
const ELEMENTS = {
  x: 'u32',
  y: 'u32',
  dy: 'u32',
  dx: 'u32',
  tables: 'u32',
  positions: 'vec2<u32>',
  windows: 'vec2<u32>',
  statistics: 'vec4<u32>',
  logitGradients: 'u32',
  // The same buffers as x, y, dy and dx, four elements at a time.
  xQuads: undefined,
  yQuads: undefined,
  dyQuads: undefined,
  dxQuads: undefined,
} as const;

/** A buffer, named by what it holds. */
export type BufferName = keyof typeof ELEMENTS;

/** The parts of a program. */
export interface Program {
  /** Files of kernels/ in the order in which they are joined; one has the entry point `main`. */
  readonly files: readonly (keyof typeof SOURCES)[];
  readonly constants: Readonly<Record<string, number | boolean | readonly number[]>>;
  readonly reads: readonly BufferName[];
  readonly writes: readonly BufferName[];
}

/** The buffers of a program in the order of their bindings, from 1 on; binding 0 is the problem. */
export function bindingsOf({ reads, writes }: Program): readonly BufferName[] {
  return [...reads, ...writes];
}

/** The text of a program. */
export function programText(program: Program): string {
  const constants = Object.entries(program.constants).map(([name, value]) => `const ${name} = ${literal(value)};\n`);
  const quad = program.files.includes('float16') ? 'vec2<u32>' : 'vec4<u32>';
  const bindings = bindingsOf(program).map((name, i) => {
    const access = program.writes.includes(name) ? 'read_write' : 'read';
    const element = name.endsWith('Quads') ? quad : ELEMENTS[name];
    return `@group(0) @binding(${i + 1}) var<storage, ${access}> ${name}: array<${element}>;\n`;
  });
  const files = ['problem', 'numbers', ...program.files] as const;
  return [...constants, '@group(0) @binding(0) var<uniform> problem: Problem;\n', ...bindings, ...files.map((file) => SOURCES[file])].join(
    '',
  );
}

function literal(value: number | boolean | readonly number[]): string {
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'number' ? `${value}u` : `vec3<u32>(${value.map(literal).join(', ')})`;
}
