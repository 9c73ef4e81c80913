/** What an experiment says: tables, plots, and how it was measured; for people as Markdown, for programs as JSON. */
import { join } from 'node:path';
import { chartSvg, svgToPng, writeWhole } from '@softpool/training/internal';
import type { Json } from '@softpool/training/node';
import { markdownTable } from 'markdown-table';
import type { TopLevelSpec } from 'vega-lite';
import type { ExperimentConfig } from './experiment-folder.ts';

/** What an experiment says. */
export interface Report {
  /** What it is of. */
  readonly title: string;
  /** What was done and how it was measured, a paragraph each. */
  readonly method: readonly string[];
  /** What was found. */
  readonly tables: readonly ReportTable[];
  /** The paper's own claim, or `not comparable: why`. */
  readonly paper: string;
  /** The same as plots. */
  readonly charts: readonly ReportChart[];
  /** The figures, for programs. */
  readonly figures: Json;
}

/** A table. */
export interface ReportTable {
  /** What it is of. */
  readonly title: string;
  /** The names of the columns. */
  readonly head: readonly string[];
  /** The first cell names the row, the others are aligned at their right. */
  readonly rows: readonly (readonly string[])[];
  /** What a reader must know. */
  readonly note?: string | undefined;
}

/** A plot. */
export interface ReportChart {
  /** Of its files, without the extension. */
  readonly name: string;
  /** For vega-lite. */
  readonly spec: TopLevelSpec;
}

/** Of a plot's configuration: no name is cut. */
export const UNCUT = { legend: { labelLimit: 0 }, axis: { labelLimit: 0 } } as const;

/** Where a report comes from. */
export interface ReportOrigin {
  readonly command: string;
  /** What its runs took together. */
  readonly seconds: number;
  readonly config: ExperimentConfig;
}

/** Writes table.md, table.json, and each plot as SVG and PNG. */
export async function writeReport(folder: string, report: Report, origin: ReportOrigin): Promise<void> {
  const charts = await Promise.all(report.charts.map(async ({ name, spec }) => ({ name, svg: await chartSvg(spec) })));
  for (const { name, svg } of charts) {
    writeWhole(join(folder, `${name}.svg`), svg);
    writeWhole(join(folder, `${name}.png`), svgToPng(svg));
  }
  writeWhole(join(folder, 'table.md'), reportMarkdown(report, origin));
  const { command, seconds, config } = origin;
  const { title, paper, figures } = report;
  const { settings, versions, machine, started } = config;
  const json = {
    format: 'softpool-report',
    experiment: config.name,
    title,
    command,
    seconds,
    settings,
    versions,
    machine,
    started,
    paper,
    figures,
  };
  writeWhole(join(folder, 'table.json'), `${JSON.stringify(json, null, 2)}\n`);
}

/** The report as Markdown. */
function reportMarkdown({ title, method, tables, paper, charts }: Report, { command, seconds, config }: ReportOrigin): string {
  const { cores, processor } = config.machine;
  const versions = Object.entries(config.versions).map(([name, version]) => `${name} ${version}`);
  const parts = [
    `# ${title}`,
    ...(command === '' ? [] : [`\`${command}\``]),
    `${cores} × ${processor}; ${versions.join(', ')}; begun ${config.started.slice(0, 10)}; the runs took ${duration(seconds)}.`,
    ...method,
    ...tables.flatMap((table) => [`## ${table.title}`, tableMarkdown(table), ...(table.note === undefined ? [] : [table.note])]),
    `Paper: ${paper}`,
    ...charts.map(({ name }) => `![${name}](${name}.svg)`),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** A table as Markdown. */
function tableMarkdown({ head, rows }: ReportTable): string {
  return markdownTable([[...head], ...rows.map((row) => [...row])], { align: head.map((_, column) => (column === 0 ? 'l' : 'r')) });
}

/** As in `2 h 05 min`, `5 min 20 s` or `1.2 s`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, '0')} min`;
  return minutes > 0 ? `${minutes} min ${String(whole % 60).padStart(2, '0')} s` : `${whole} s`;
}
