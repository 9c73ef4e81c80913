/** Programs for the GPU: which WGSL files, buffers and constants make one. The text is all that a pipeline depends on, and what it is cached by. */
import { SOURCES } from './kernels.generated.ts';

/** The storage buffers that programs read and write, with the type of their elements. */
const ELEMENTS = {
  x: 'u32',
  y: 'u32',
  dy: 'u32',
  dx: 'u32',
  tables: 'u32',
  positions: 'vec2<u32>',
  windows: 'vec2<u32>',
  statistics: 'vec4<u32>',
  pulls: 'u32',
  // The same as x, y, dy and dx, by four elements.
  xQuads: undefined,
  yQuads: undefined,
  dyQuads: undefined,
  dxQuads: undefined,
} as const;

/** A buffer, by what is in it. */
export type BufferName = keyof typeof ELEMENTS;

/** What a program is made of. */
export interface Program {
  /** Files of kernels/, in the order they are joined; one of them has the entry point `main`. */
  readonly files: readonly (keyof typeof SOURCES)[];
  readonly constants: Readonly<Record<string, number | boolean | readonly number[]>>;
  readonly reads: readonly BufferName[];
  readonly writes: readonly BufferName[];
}

/** The buffers of a program in the order of their bindings, which begin at 1; 0 is the problem. */
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
