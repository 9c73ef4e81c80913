/** Charts as SVG and PNG, drawn without a browser, with the same font on every machine. */
import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import type { TopLevelSpec } from 'vega-lite';

/** The description of a chart, as vega-lite reads it. */
export type ChartSpec = TopLevelSpec;

/** A chart in both formats. */
export interface Chart {
  /** SVG text. */
  readonly svg: string;
  /** PNG bytes, at twice the SVG's size. */
  readonly png: Uint8Array;
}

/** Draws a chart as SVG. */
export async function chartSvg(spec: ChartSpec): Promise<string> {
  // Loading takes half a second.
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const config = { font: 'DejaVu Sans', ...spec.config };
  const { spec: compiled } = compile({ background: 'white', padding: 16, ...spec, config });
  return wellFormed(await new vega.View(vega.parse(compiled), { renderer: 'none' }).toSVG());
}

/** Replaces the characters that XML forbids, which names of folders and classes may contain. */
function wellFormed(xml: string): string {
  return xml.replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\u{fffd}');
}

/** Renders an SVG as PNG at twice its size. */
export function svgToPng(svg: string): Uint8Array {
  // Found here, not when the module is loaded: a bundle of a server has no fonts.
  const file = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');
  const font = { fontFiles: [file], loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans' };
  return new Resvg(svg, { fitTo: { mode: 'zoom', value: 2 }, font }).render().asPng();
}
