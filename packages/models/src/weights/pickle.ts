/**
 * Reads Python's pickles without executing anything. A pickle is a program for a stack machine.
 * This reader knows the instructions that `torch.save` and Python's pickler write in protocols 2 to
 * 5, and the caller decides what names stand for, so that nothing else can be created.
 * https://docs.python.org/3/library/pickletools.html
 */
import { WeightsError } from './tensor-file.ts';

/** Resolves a pickle's references to the outside. */
export interface PickleHost {
  /** Returns what `module.name` stands for. Throws for names that are not allowed. */
  global(module: string, name: string): unknown;
  /** Calls what a name stands for. */
  call(callable: unknown, args: readonly unknown[]): unknown;
  /** Returns what a persistent id refers to, such as a storage. */
  persistent(id: unknown): unknown;
}

/**
 * Reads the pickle at `start` and returns its value and end. Tuples and lists become arrays,
 * dictionaries `Map`s, sets `Set`s, bytes `Uint8Array`s, integers beyond 2^53 bigints. Attributes
 * of objects are dropped.
 */
export function unpickle(bytes: Uint8Array, start: number, host: PickleHost): { value: unknown; end: number } {
  const machine: Machine = { input: inputOf(bytes, start), stack: stackOf(), memo: new Map(), host, collections: 0 };
  for (;;) {
    const code = machine.input.unsigned(1);
    if (code === STOP) return { value: machine.stack.pop(), end: machine.input.position() };
    const run = INSTRUCTIONS[code];
    if (run === undefined) {
      const at = machine.input.position() - 1;
      throw damaged(`unknown instruction 0x${code.toString(16)} at byte ${at}; torch.save writes pickle protocols 2 to 5`);
    }
    run(machine);
    if (COLLECTIONS.has(code) && ++machine.collections > MOST_COLLECTIONS) {
      throw new WeightsError(`the pickle has more than ${MOST_COLLECTIONS} lists, tuples and dictionaries; save only the tensors`);
    }
  }
}

/** Instructions that make a tuple, a list, a dictionary or a set. */
const COLLECTIONS: ReadonlySet<number> = new Set([41, 133, 134, 135, 116, 93, 125, 143, 145]);

/**
 * A tensor takes six of them, and a file of a few megabytes can ask for gigabytes of empty ones.
 */
const MOST_COLLECTIONS = 2_000_000;

interface Machine {
  readonly input: Input;
  readonly stack: Stack;
  readonly memo: Map<number, unknown>;
  readonly host: PickleHost;
  /** How many tuples, lists, dictionaries and sets there are. */
  collections: number;
}

const STOP = 0x2e;

const INSTRUCTIONS: Readonly<Record<number, (machine: Machine) => void>> = {
  128: ({ input }) => input.skip(1), // PROTO
  149: ({ input }) => input.skip(8), // FRAME
  40: ({ stack }) => stack.mark(), // MARK
  48: ({ stack }) => void stack.pop(), // POP
  // Constants and numbers
  78: ({ stack }) => stack.push(null), // NONE
  136: ({ stack }) => stack.push(true), // NEWTRUE
  137: ({ stack }) => stack.push(false), // NEWFALSE
  75: ({ input, stack }) => stack.push(input.unsigned(1)), // BININT1
  77: ({ input, stack }) => stack.push(input.unsigned(2)), // BININT2
  74: ({ input, stack }) => stack.push(input.unsigned(4) | 0), // BININT
  138: ({ input, stack }) => stack.push(integerOf(input.bytes(input.unsigned(1)))), // LONG1
  71: ({ input, stack }) => stack.push(input.bigEndianDouble()), // BINFLOAT
  // Strings and bytes. Python 2 wrote strings as STRING.
  84: ({ input, stack }) => stack.push(input.text(input.unsigned(4))), // BINSTRING
  85: ({ input, stack }) => stack.push(input.text(input.unsigned(1))), // SHORT_BINSTRING
  88: ({ input, stack }) => stack.push(input.text(input.unsigned(4))), // BINUNICODE
  140: ({ input, stack }) => stack.push(input.text(input.unsigned(1))), // SHORT_BINUNICODE
  141: ({ input, stack }) => stack.push(input.text(input.unsigned(8))), // BINUNICODE8
  66: ({ input, stack }) => stack.push(input.bytes(input.unsigned(4))), // BINBYTES
  67: ({ input, stack }) => stack.push(input.bytes(input.unsigned(1))), // SHORT_BINBYTES
  142: ({ input, stack }) => stack.push(input.bytes(input.unsigned(8))), // BINBYTES8
  // Tuples, lists, dictionaries, sets
  41: ({ stack }) => stack.push([]), // EMPTY_TUPLE
  133: ({ stack }) => stack.push([stack.pop()]), // TUPLE1
  134: ({ stack }) => stack.push(stack.popped(2)), // TUPLE2
  135: ({ stack }) => stack.push(stack.popped(3)), // TUPLE3
  116: ({ stack }) => stack.push(stack.toMark()), // TUPLE
  93: ({ stack }) => stack.push([]), // EMPTY_LIST
  97: ({ stack }) => append(stack.popped(1), stack.top()), // APPEND
  101: ({ stack }) => append(stack.toMark(), stack.top()), // APPENDS
  125: ({ stack }) => stack.push(new Map()), // EMPTY_DICT
  115: ({ stack }) => setItems(stack.popped(2), stack.top()), // SETITEM
  117: ({ stack }) => setItems(stack.toMark(), stack.top()), // SETITEMS
  143: ({ stack }) => stack.push(new Set()), // EMPTY_SET
  144: ({ stack }) => addItems(stack.toMark(), stack.top()), // ADDITEMS
  145: ({ stack }) => stack.push(new Set(stack.toMark())), // FROZENSET
  // Memoized values
  113: ({ input, stack, memo }) => void memo.set(input.unsigned(1), stack.top()), // BINPUT
  114: ({ input, stack, memo }) => void memo.set(input.unsigned(4), stack.top()), // LONG_BINPUT
  148: ({ stack, memo }) => void memo.set(memo.size, stack.top()), // MEMOIZE
  104: ({ input, stack, memo }) => stack.push(recalled(memo, input.unsigned(1))), // BINGET
  106: ({ input, stack, memo }) => stack.push(recalled(memo, input.unsigned(4))), // LONG_BINGET
  // References to the outside
  99: ({ input, stack, host }) => stack.push(host.global(input.line(), input.line())), // GLOBAL
  147: ({ stack, host }) => stack.push(host.global(...names(stack.popped(2)))), // STACK_GLOBAL
  81: ({ stack, host }) => stack.push(host.persistent(stack.pop())), // BINPERSID
  82: ({ stack, host }) => stack.push(called(host, stack.popped(2))), // REDUCE
  129: ({ stack, host }) => stack.push(called(host, stack.popped(2))), // NEWOBJ
  98: ({ stack }) => void stack.popped(1), // BUILD: attributes, unused
};

const DECODER = new TextDecoder();

type Input = ReturnType<typeof inputOf>;

function inputOf(bytes: Uint8Array, start: number) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = start;
  const skip = (length: number): number => {
    if (length > bytes.length - position)
      throw damaged(`it ends early: ${length} more bytes are needed at byte ${position} of ${bytes.length}`);
    position += length;
    return position - length;
  };
  return {
    position: (): number => position,
    skip: (length: number): void => void skip(length),
    unsigned(length: 1 | 2 | 4 | 8): number {
      const at = skip(length);
      if (length === 8) return Number(view.getBigUint64(at, true));
      return length === 1 ? view.getUint8(at) : length === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
    },
    bigEndianDouble: (): number => view.getFloat64(skip(8)),
    bytes(length: number): Uint8Array {
      const at = skip(length);
      return bytes.subarray(at, at + length);
    },
    text(length: number): string {
      return DECODER.decode(this.bytes(length));
    },
    line(): string {
      const end = bytes.indexOf(0x0a, position);
      if (end < 0) throw damaged(`it ends early: the name at byte ${position} is not terminated`);
      const text = this.text(end - position);
      skip(1);
      return text;
    },
  };
}

type Stack = ReturnType<typeof stackOf>;

function stackOf() {
  const values: unknown[] = [];
  const marks: number[] = [];
  /** Pops values above the last mark. */
  const popped = (count: number): unknown[] => {
    if (values.length - (marks.at(-1) ?? 0) < count) throw damaged('an instruction needs more values than the stack has');
    return values.splice(values.length - count);
  };
  return {
    push: (value: unknown): void => void values.push(value),
    pop: (): unknown => popped(1)[0],
    popped,
    top(): unknown {
      if (values.length === 0) throw damaged('an instruction needs a value, but the stack is empty');
      return values.at(-1);
    },
    mark: (): void => void marks.push(values.length),
    toMark(): unknown[] {
      const mark = marks.pop();
      if (mark === undefined) throw damaged('an instruction needs a mark, but there is none');
      return values.splice(mark);
    },
  };
}

function append(items: readonly unknown[], list: unknown): void {
  if (!Array.isArray(list)) throw damaged('it appends values to something that is not a list');
  for (const item of items) list.push(item);
}

function setItems(items: readonly unknown[], target: unknown): void {
  if (!(target instanceof Map) || items.length % 2 !== 0) throw damaged('it adds entries to something that is not a dictionary');
  for (let index = 0; index < items.length; index += 2) target.set(items[index], items[index + 1]);
}

function addItems(items: readonly unknown[], target: unknown): void {
  if (!(target instanceof Set)) throw damaged('it adds values to something that is not a set');
  for (const item of items) target.add(item);
}

function recalled(memo: ReadonlyMap<number, unknown>, index: number): unknown {
  if (!memo.has(index)) throw damaged(`it recalls value ${index}, which was not memoized`);
  return memo.get(index);
}

function names([module, name]: readonly unknown[]): [string, string] {
  if (typeof module !== 'string' || typeof name !== 'string') throw damaged('it refers to something by an invalid name');
  return [module, name];
}

function called(host: PickleHost, [callable, args]: readonly unknown[]): unknown {
  if (!Array.isArray(args)) throw damaged('it calls something with arguments that are not a tuple');
  return host.call(callable, args);
}

/** A little-endian two's complement integer of any length. */
function integerOf(bytes: Uint8Array): number | bigint {
  const unsigned = bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const integer = BigInt.asIntN(8 * bytes.length, unsigned);
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
}

function damaged(what: string): WeightsError {
  return new WeightsError(`cannot read the pickle: ${what}`);
}
