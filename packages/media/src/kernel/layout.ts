/**
 * The kernel's memory, which has a fixed size: byte offsets of its areas, for the kernel and its
 * caller.
 */

/** For each level its weight and its value, in float64: at most 65536 levels. */
export const LEVELS = 0;

/** A piece of a row of samples. */
export const PIECE = 0x100000;
/** The most bytes of a piece. */
export const PIECE_BYTES = 0x40000;

/** The most outputs of a row that are computed together. */
export const MOST_OUTPUTS = 4096;

/** The first column of each output's window and their number, int32. */
export const STARTS = 0x140000;
export const COUNTS = 0x144000;

/** The sums of each output: 64 bytes. */
export const SUMS = 0x148000;

/** The largest value of each channel of each output: four float64. */
export const LARGEST = 0x188000;

/** The outputs' samples, or their values in float64. */
export const OUTPUTS = 0x1a8000;

/** The constants of assembly/constants.ts. */
export const CONSTANTS = 0x1c8000;

/** Pages of 64 KiB: 1.9 MB. */
export const PAGES = 29;
