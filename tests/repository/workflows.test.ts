// The workflows of the public host pin their actions and call scripts that exist.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../../scripts/packages.mjs';

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Workflow {
  readonly permissions: object;
  readonly jobs: Record<string, { readonly uses?: string; readonly 'timeout-minutes'?: number; readonly steps?: readonly Step[] }>;
}

const GITHUB = `${ROOT}.github/`;
const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { scripts: Record<string, string> };

describe.for(readdirSync(`${GITHUB}workflows`))('%s', (name) => {
  const text = readFileSync(`${GITHUB}workflows/${name}`, 'utf8');
  const { jobs, permissions } = parse(text) as Workflow;
  const steps = Object.values(jobs).flatMap((job) => job.steps ?? []);

  test('has read permission only, unless a job asks for more', () => {
    expect(permissions).toEqual({ contents: 'read' });
  });

  test('limits the time of every job', () => {
    for (const job of Object.values(jobs)) expect(job.uses ?? job['timeout-minutes']).toBeDefined();
  });

  test('uses exact versions of actions', () => {
    for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/@v\d+\.\d+\.\d+$/);
  });

  test('calls scripts of package.json', () => {
    const called = Array.from(text.matchAll(/npm run ([\w:-]+)/g), ([, script]) => script as string);
    expect(called.filter((script) => scripts[script] === undefined)).toEqual([]);
  });
});

test.for(['dependabot.yml', 'ISSUE_TEMPLATE/bug.yml', 'ISSUE_TEMPLATE/feature.yml', 'ISSUE_TEMPLATE/config.yml'])('%s is YAML', (name) => {
  expect(parse(readFileSync(GITHUB + name, 'utf8'))).toBeTypeOf('object');
});
