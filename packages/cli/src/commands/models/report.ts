/** What `softpool models` says: tables for people, JSON for programs. */
import type { BackboneDescription } from '@softpool/models';
import { right, table } from '../../shared/table.ts';

/** A line for each network. */
export function networksTable(networks: readonly BackboneDescription[]): string {
  const columns = ['network', right('input'), right('parameters'), right('multiply-adds'), 'pools'];
  const rows = networks.map((network) => {
    const { name, inputShape, parameters, multiplyAdds } = network;
    return [name, inputShape.join(' × '), grouped(parameters), grouped(multiplyAdds), poolsInWords(network)];
  });
  return table(columns, rows);
}

/** A line for each layer of a network, and its totals. */
export function layersTable(network: BackboneDescription): string {
  const { name, inputShape, classes, parameters, nonTrainable, multiplyAdds, layers } = network;
  const columns = ['layer', 'class', right('output'), right('parameters'), right('multiply-adds')];
  const rows = layers.map((layer) => {
    const numbers = [layer.parameters, layer.multiplyAdds].map((count) => (count === 0 ? '' : grouped(count)));
    return [layer.name, layer.className, layer.outputShape.slice(1).join(' × '), ...numbers];
  });
  return `${table(columns, rows)}
${name} for ${inputShape.join(' × ')}, ${classes} ${classes === 1 ? 'class' : 'classes'}: ${grouped(parameters)} parameters, \
${grouped(nonTrainable)} means and variances, ${grouped(multiplyAdds)} multiply-adds
pools: ${poolsInWords(network)}`;
}

/** Everything, as one JSON document: a network with its layers, or all networks without them. */
export function jsonReport(networks: readonly BackboneDescription[], isOne: boolean): string {
  const [first] = networks;
  return JSON.stringify(isOne ? first : networks.map(({ layers: _, ...network }) => network), null, 2);
}

/** What becomes what, and how often, as in `max 3×3/2 → soft 2×2/2`; what stays is not said, unless nothing changes. */
function poolsInWords({ pools }: BackboneDescription): string {
  const changes = pools.filter(({ original, is }) => original !== is);
  if (changes.length === 0) return `${listed(pools.map(({ is }) => is))}, as in the original`;
  return listed(changes.map(({ original, is }) => `${original} → ${is}`));
}

/** Texts, each once, with how often it is there. */
function listed(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return Array.from(counts, ([text, count]) => (count === 1 ? text : `${count} × ${text}`)).join(', ');
}

/** An integer with its thousands apart. */
function grouped(count: number): string {
  return count.toLocaleString('en');
}
