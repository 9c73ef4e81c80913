/** Charts as SVG and PNG, drawn without a browser, with letters that are the same on every machine. */
import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import type { TopLevelSpec } from 'vega-lite';

const FONT = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');

/** A picture in both forms. */
export interface Chart {
  /** As SVG. */
  readonly svg: string;
  /** As PNG, twice as many pixels each way. */
  readonly png: Uint8Array;
}

/** A chart as SVG. */
export async function chartSvg(spec: TopLevelSpec): Promise<string> {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]); // not before they are needed: they take half a second to load
  const config = { font: 'DejaVu Sans', ...spec.config };
  const { spec: compiled } = compile({ background: 'white', padding: 16, ...spec, config });
  return await new vega.View(vega.parse(compiled), { renderer: 'none' }).toSVG();
}

/** An SVG as PNG, twice as many pixels each way. */
export function svgToPng(svg: string): Uint8Array {
  const font = { fontFiles: [FONT], loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans' };
  return new Resvg(svg, { fitTo: { mode: 'zoom', value: 2 }, font }).render().asPng();
}
