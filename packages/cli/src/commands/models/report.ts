/** Tables of `softpool models`. */
import type { BackboneDescription } from '@softpool/models';
import { right, table } from '../../shared/table.ts';
import { grouped, plural } from '../../shared/text.ts';

/** A line for each network. */
export function networksTable(networks: readonly BackboneDescription[]): string {
  const columns = ['network', right('input'), right('parameters'), right('multiply-adds'), 'pools'];
  const rows = networks.map((network) => {
    const { name, inputShape, parameters, multiplyAdds } = network;
    return [name, inputShape.join(' × '), grouped(parameters), grouped(multiplyAdds), poolsText(network)];
  });
  return table(columns, rows);
}

/** A line for each layer of a network, and the totals. */
export function layersTable(network: BackboneDescription): string {
  const { name, inputShape, classes, parameters, nonTrainable, multiplyAdds, layers } = network;
  const columns = ['layer', 'class', right('output'), right('parameters'), right('multiply-adds')];
  const rows = layers.map((layer) => {
    const numbers = [layer.parameters, layer.multiplyAdds].map((count) => (count === 0 ? '' : grouped(count)));
    return [layer.name, layer.className, layer.outputShape.slice(1).join(' × '), ...numbers];
  });
  return `${table(columns, rows)}
${name} for ${inputShape.join(' × ')}, ${plural(classes, 'class', 'classes')}: ${grouped(parameters)} parameters, \
${grouped(nonTrainable)} means and variances, ${grouped(multiplyAdds)} multiply-adds
pools: ${poolsText(network)}`;
}

/**
 * Replaced pools and their numbers, as in `max 3×3/2 → soft 2×2/2`; all pools if none is replaced.
 */
function poolsText({ pools }: BackboneDescription): string {
  const changes = pools.filter(({ original, is }) => original !== is);
  if (changes.length === 0) return `${counted(pools.map(({ is }) => is))}, as in the original`;
  return counted(changes.map(({ original, is }) => `${original} → ${is}`));
}

/** Distinct texts with their numbers. */
function counted(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return Array.from(counts, ([text, count]) => (count === 1 ? text : `${count} × ${text}`)).join(', ');
}
