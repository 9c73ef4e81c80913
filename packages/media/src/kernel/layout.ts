/**
 * The kernel's memory: byte offsets of its areas, for the kernel and its caller. The first PAGES
 * have a fixed size; the sums of windows of time follow.
 */

/** For each level its weight and its value, in float64: at most 65536 levels. */
export const LEVELS = 0;

/** A piece of rows of samples, one row after another. */
export const PIECE = 0x100000;
/** The most bytes of a piece. */
export const PIECE_BYTES = 0x40000;

/** The most outputs of a row that are computed together. */
export const MOST_OUTPUTS = 4096;

/** The first column of each output's window and their number, int32. */
export const STARTS = 0x140000;
export const COUNTS = 0x144000;

/** The sums of each output: at most 64 bytes. */
export const SUMS = 0x148000;

/** The largest value of each channel of each output: four float64. */
export const LARGEST = 0x188000;

/** As SUMS or LARGEST, of a window of time that ends. */
export const TOTALS = 0x1a8000;

/** The outputs' samples, or their values in float64. */
export const OUTPUTS = 0x1e8000;

/** The tables of linear light: see levels.ts. */
export const THRESHOLDS = 0x208000;
export const FIRST_LEVELS = 0x289000;

/** The constants of assembly/constants.ts. */
export const CONSTANTS = 0x29f000;

/** The sums of all outputs of windows of time, which outlast a frame. */
export const WINDOWS = 0x2a0000;

/** Pages of 64 KiB before WINDOWS: 2.8 MB. */
export const PAGES = 42;
