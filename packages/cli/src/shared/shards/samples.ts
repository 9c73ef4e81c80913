/** Reduces a sample of an archive: its pictures or clips, between the members carried along. */
import { hash } from 'node:crypto';
import { basename } from 'node:path/posix';
import type { Header } from 'tar-stream';
import { problem } from '../arguments/errors.ts';
import { printable } from '../text.ts';
import { type Member, type Sample, sampleKey } from './archive.ts';
import { digestOf } from './digest.ts';
import { type LedgerLine, type LedgerOutput, secondsSince } from './ledger.ts';
import type { LimitedProcess } from './limits.ts';
import { ownPaths, type Staging } from './staging.ts';
import { troubleOf } from './trouble.ts';

/** The result of a sample. */
interface ProcessedSample {
  /** `undefined` for what is not a file. */
  readonly line: LedgerLine | undefined;
  /** The members to write: none if the sample failed or was skipped. */
  readonly members: readonly Member[];
  /** Files that are no longer needed once these are written. */
  readonly files: readonly string[];
}

/** The archive of the samples. */
interface SampleSource {
  /** Its path, for messages. */
  readonly source: string;
  readonly isInput: (name: string) => boolean;
}

/**
 * What processes samples. A sample is written as a whole or not at all: readers of WebDataset
 * expect all samples to have the same members.
 */
export function createSampleProcessor(
  { source, isInput }: SampleSource,
  process: LimitedProcess,
  staging: Staging,
): (sample: Sample) => Promise<ProcessedSample> {
  const seen = new Map<string, number>();

  const processMember = async ({ header, content }: Member, temporary: Staging['path']): Promise<Results> => {
    const { name } = header;
    const path = `${source}/${name}`;
    const processed = await process({ source: content, path, relativePath: name, temporary, refuse: async () => {} });
    if ('skipped' in processed) return { skipped: processed.skipped };
    const members = processed.outputs.map((output) => ({ header: { ...header, name: output.path }, content: output.content }));
    const outputs = await Promise.all(
      processed.outputs.map(async ({ path: name, from, to, content }) => ({ name, from, to, ...(await contentDigest(content)) })),
    );
    return { members, outputs };
  };

  /** A link to an input, or named like one: it fails, since what it leads to may not be there. */
  const linkIn = ([member]: readonly Member[]): { name: string; to: string } | undefined => {
    const { type, name, linkname } = member?.header ?? {};
    if ((type !== 'link' && type !== 'symlink') || name === undefined) return undefined;
    const to = linkname ?? '';
    return isInput(name) || isInput(to) ? { name, to } : undefined;
  };

  return async ({ key: fileKey, members }) => {
    const start = performance.now();
    const link = linkIn(members);
    const key = link === undefined ? fileKey : sampleKey(link.name);
    const files = members.flatMap(({ content }) => (typeof content === 'string' ? [content] : []));
    const temporary = ownPaths(staging, files);
    if (key === undefined) return { line: undefined, members, files };
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    const about = (status: LedgerLine['status'], more: Partial<LedgerLine>): LedgerLine => ({
      key: count === 1 ? key : `${key}#${count}`,
      status,
      ...more,
      seconds: secondsSince(start),
    });
    const failed = (reason: string): ProcessedSample => ({ line: about('failed', { reason }), members: [], files });
    if (link !== undefined) {
      return failed(`${nameOf(link)} is a link to ${printable(link.to)}; archive files (tar --dereference --hard-dereference)`);
    }
    if (count > 1) return failed('the archive has another sample of this name before it');
    const inputs = members.filter(({ header }) => isInput(header.name));
    const inputBytes = members.reduce((sum, { header }) => sum + (header.size ?? 0), 0);
    if (inputs.length === 0) return { line: about('copied', { inputBytes }), members, files };
    const results = new Map<Member, Results>();
    for (const member of inputs) {
      try {
        results.set(member, await processMember(member, temporary));
      } catch (error) {
        const trouble = troubleOf(error);
        if (trouble !== undefined) throw trouble;
        return failed(inputs.length === 1 ? problem(error) : `${nameOf(member.header)}: ${problem(error)}`);
      }
    }
    const all = [...results.values()];
    const skipped = all.find((result) => 'skipped' in result);
    if (skipped !== undefined) return { line: about('skipped', { inputBytes, reason: skipped.skipped }), members: [], files };
    const written = members.flatMap((member) => {
      const result = results.get(member);
      return result !== undefined && 'members' in result ? result.members : [member];
    });
    const twice = written.find(({ header }, i) => written.findIndex((other) => other.header.name === header.name) !== i);
    if (twice !== undefined) return failed(`two members of the sample would be ${nameOf(twice.header)}`);
    const outputs = all.flatMap((result) => ('outputs' in result ? result.outputs : []));
    return { line: about('done', { inputBytes, outputs }), members: written, files };
  };
}

type Results = { readonly members: readonly Member[]; readonly outputs: readonly LedgerOutput[] } | { readonly skipped: string };

async function contentDigest(content: Uint8Array | string): Promise<Pick<LedgerOutput, 'bytes' | 'sha256'>> {
  return typeof content === 'string' ? await digestOf(content) : { bytes: content.length, sha256: hash('sha256', content, 'hex') };
}

function nameOf({ name }: Pick<Header, 'name'>): string {
  return printable(basename(name));
}
