/**
 * The problem block: what a kernel reads besides its tensors, as byte offsets from the block's
 * address. problem-block.ts writes it, the kernels read it. Entries have 32 bits unless stated
 * otherwise; addresses are in the module's memory.
 *
 * Every problem has one form: depth × height × width × inner, where `inner` is the channels of
 * channelsLast and 1 for channelsFirst, whose planes are the `outer` elements. Missing axes have
 * size 1.
 */

// Elements of the input and the output along each axis, and elements side by side at one position.
export const DEPTH = 0;
export const HEIGHT = 4;
export const WIDTH = 8;
export const INNER = 12;
export const OUT_DEPTH = 16;
export const OUT_HEIGHT = 20;
export const OUT_WIDTH = 24;

// Windows: addresses of the start and count tables (one int32 per output), and the distance between
// taps.
export const DEPTH_START = 28;
export const DEPTH_COUNT = 32;
export const DEPTH_STEP = 36;
export const HEIGHT_START = 40;
export const HEIGHT_COUNT = 44;
export const HEIGHT_STEP = 48;
export const WIDTH_START = 52;
export const WIDTH_COUNT = 56;
export const WIDTH_STEP = 60;

// The width's windows with their padding: kernel size, stride (0 if the windows vary), padding
// before.
export const WIDTH_KERNEL = 64;
export const WIDTH_STRIDE = 68;
export const WIDTH_BEFORE = 72;

// Rows whose exponentials are kept for the windows that share them: slots along the depth and the
// height, powers of 2, or 0 if windows share none.
export const RING_DEPTH = 76;
export const RING_HEIGHT = 80;

// Wide rows are computed in tiles of this many outputs.
export const TILE = 84;

// Addresses of the scratch and of the records of one window's taps (one-window.ts). Each thread has
// its own.
export const SCRATCH = 88;
export const RECORDS = 160;

// The operator: 1 for shared weights, 1 for the exact gradient; the tensors' element size in bytes,
// 4 or 8.
export const SHARED = 92;
export const EXACT = 96;
export const ELEMENT = 100;

// β; β·log2(e), which turns a difference into an exponent of 2; the lowest difference that counts.
export const BETA = 104;
export const TO_EXPONENT = 108;
export const LOWEST = 112;

// The five coefficients of 2^f, and the numbers that round when added (see exp.ts).
export const COEFFICIENTS = 116;
export const ROUND = 136;
export const ROUND_GUARDED = 140;

// 64 bits wide: β, and the smallest weight of a finite input.
export const BETA_64 = 144;
export const WEIGHT_FLOOR = 152;

// How the problem is computed: see walk.ts.
export const METHOD = 164;

// The columns of the narrowest window where windows-apart.ts may compute them; 0 where windows
// overlap, or their columns do not lie side by side.
export const APART = 168;

// 1/2! to 1/13!, each 64 bits wide.
export const TAYLOR = 176;

/** The block's size in bytes. */
export const PROBLEM_BYTES = 272;
