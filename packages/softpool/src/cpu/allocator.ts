/**
 * Allocates blocks of a memory of fixed size: first fit, in a list of gaps that merge as blocks are
 * freed.
 */

const ALIGNMENT = 64;

/** A free range of addresses. */
interface Gap {
  address: number;
  size: number;
}

/** Allocates and frees blocks of a memory. */
export interface Allocator {
  /**
   * The address of a new block of at least `bytes`, a multiple of 64; undefined if there is no room
   * for it.
   */
  allocate(bytes: number): number | undefined;
  /** Frees a block. Returns false if none starts there. */
  free(address: number): boolean;
  /** The bytes in blocks. */
  used(): number;
}

/** An allocator for the addresses from `start` to `end`. */
export function createAllocator(start: number, end: number): Allocator {
  const first = Math.ceil(start / ALIGNMENT) * ALIGNMENT;
  let gaps: Gap[] = [{ address: first, size: end - first }];
  const blocks = new Map<number, number>();
  return {
    allocate(bytes) {
      const size = Math.max(1, Math.ceil(bytes / ALIGNMENT)) * ALIGNMENT;
      const gap = gaps.find((candidate) => candidate.size >= size);
      if (gap === undefined) return undefined;
      const { address } = gap;
      gap.address += size;
      gap.size -= size;
      blocks.set(address, size);
      return address;
    },
    free(address) {
      const size = blocks.get(address);
      if (size === undefined) return false;
      blocks.delete(address);
      const sorted = [...gaps.filter((gap) => gap.size > 0), { address, size }].sort((a, b) => a.address - b.address);
      gaps = [];
      for (const gap of sorted) {
        const last = gaps.at(-1);
        if (last !== undefined && last.address + last.size === gap.address) last.size += gap.size;
        else gaps.push(gap);
      }
      return true;
    },
    used: () => [...blocks.values()].reduce((sum, size) => sum + size, 0),
  };
}
