/** Writes reports: tables and charts as Markdown for people and JSON for programs. */
import { join } from 'node:path';
import { chartSvg, svgToPng, writeFileAtomic } from '@softpool/training/internal';
import { markdownTable } from 'markdown-table';
import { jsonText } from 'softpool/internal';
import type { ExperimentConfig, Report, ReportTable } from '../run/types.ts';

/** Chart configuration that does not cut off names. */
export const UNCUT = { legend: { labelLimit: 0 }, axis: { labelLimit: 0 } } as const;

/** Where a report comes from. */
export interface ReportOrigin {
  readonly command: string;
  /** Total duration of the runs. */
  readonly seconds: number;
  readonly config: ExperimentConfig;
}

/**
 * Writes table.md, table.json, and each chart as SVG and PNG. Numbers that JSON lacks are strings,
 * such as the mean of infinite PSNRs.
 */
export async function writeReport(folder: string, report: Report, origin: ReportOrigin): Promise<void> {
  const charts = await Promise.all(report.charts.map(async ({ name, spec }) => ({ name, svg: await chartSvg(spec) })));
  for (const { name, svg } of charts) {
    writeFileAtomic(join(folder, `${name}.svg`), svg);
    writeFileAtomic(join(folder, `${name}.png`), svgToPng(svg));
  }
  writeFileAtomic(join(folder, 'table.md'), reportMarkdown(report, origin));
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
  writeFileAtomic(join(folder, 'table.json'), `${jsonText(json)}\n`);
}

/** The report as Markdown. */
function reportMarkdown({ title, method, tables, paper, charts }: Report, { command, seconds, config }: ReportOrigin): string {
  const { cores, processor } = config.machine;
  const versions = Object.entries(config.versions).map(([name, version]) => `${name} ${version}`);
  const parts = [
    `# ${title}`,
    ...(command === '' ? [] : [`\`${command}\``]),
    `${cores} × ${processor}; ${versions.join(', ')}; started ${config.started.slice(0, 10)}; the runs took ${duration(seconds)}.`,
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

/** A duration, as in `2 h 05 min`, `5 min 20 s` or `1.2 s`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, '0')} min`;
  return minutes > 0 ? `${minutes} min ${String(whole % 60).padStart(2, '0')} s` : `${whole} s`;
}
