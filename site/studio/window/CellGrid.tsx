/** Numbers in a grid that one points at, touches, or walks through with the arrow keys. */
import type { VNode } from 'vue';
import { formatNumber } from '../parts/format-number.ts';

interface CellGridProps {
  readonly label: string;
  readonly side: number;
  readonly values: readonly number[];
  /** How strongly each cell is lit, 0 to 1; undefined for cells that take no part. */
  readonly lit: readonly (number | undefined)[];
  readonly selected: number | undefined;
  readonly onSelect: (index: number) => void;
}

/** The grid. One cell of it can be reached with Tab, as in a spreadsheet. */
export function CellGrid({ label, side, values, lit, selected, onSelect }: CellGridProps): VNode {
  const move = (event: KeyboardEvent, index: number) => {
    const target = neighborOf(index, event.key, side);
    if (target === undefined) return;
    event.preventDefault();
    const cell = (event.currentTarget as HTMLElement).closest('[role="grid"]')?.querySelectorAll<HTMLElement>('[role="gridcell"]')[target];
    cell?.focus();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a grid with cells that take the focus is not a table
    <div class="cell-grid" role="grid" aria-label={label} style={{ '--side': side }}>
      {Array.from({ length: side }, (_, row) => (
        // biome-ignore lint/a11y/useSemanticElements: as above
        // biome-ignore lint/a11y/useFocusableInteractive: the cells take the focus
        <div key={row} role="row">
          {Array.from({ length: side }, (_unused, column) => {
            const index = row * side + column;
            const strength = lit[index];
            return (
              // biome-ignore lint/a11y/useSemanticElements: as above
              // biome-ignore lint/a11y/useFocusableInteractive: it is; Vue's name is tabindex
              <div
                key={column}
                role="gridcell"
                class={{ cell: true, lit: strength !== undefined, selected: selected === index }}
                style={{ '--strength': strength ?? 0 }}
                tabindex={index === (selected ?? 0) ? 0 : -1}
                aria-selected={selected === index}
                aria-label={`${formatNumber(values[index] ?? 0, 3)}, row ${row + 1}, column ${column + 1}`}
                onPointerenter={() => onSelect(index)}
                onFocus={() => onSelect(index)}
                onKeydown={(event: KeyboardEvent) => move(event, index)}
              >
                {formatNumber(values[index] ?? 0, 3)}
              </div>
            );
          })}
        </div>
      ))}
    </div>
  );
}

function neighborOf(index: number, key: string, side: number): number | undefined {
  const [row, column] = [Math.floor(index / side), index % side];
  if (key === 'ArrowRight' && column < side - 1) return index + 1;
  if (key === 'ArrowLeft' && column > 0) return index - 1;
  if (key === 'ArrowDown' && row < side - 1) return index + side;
  if (key === 'ArrowUp' && row > 0) return index - side;
  return undefined;
}
