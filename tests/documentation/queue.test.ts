// The manifest of docs/queue.md is consistent, and its command is one that there is.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from './public-exports.ts';

interface Manifest {
  readonly kind: string;
  readonly spec: {
    readonly selector: { readonly matchLabels: object };
    readonly template: {
      readonly metadata: { readonly labels: object };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly {
          readonly command: readonly string[];
          readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
        }[];
        readonly volumes: readonly { readonly name: string; readonly secret?: { readonly secretName: string } }[];
      };
    };
  };
}

const text = readFileSync(`${ROOT}docs/queue.md`, 'utf8');
const [, block = ''] = /^```yaml\n(.*?)^```$/ms.exec(text) ?? [];
const { kind, spec } = parse(block) as Manifest;
const pod = spec.template.spec;
const [container] = pod.containers as [Manifest['spec']['template']['spec']['containers'][number]];

test('the manifest is a deployment that selects its pods, with a volume for each mount', () => {
  expect(kind).toBe('Deployment');
  expect(spec.selector.matchLabels).toEqual(spec.template.metadata.labels);
  expect(container.volumeMounts.map(({ name }) => name).sort()).toEqual(pod.volumes.map(({ name }) => name).sort());
});

test('the secret that the text creates holds the file that the command reads', () => {
  const [, secret, key] = /create secret generic (\S+) --from-literal=(\w+)=/.exec(text) ?? [];
  const volume = pod.volumes.find((each) => each.secret?.secretName === secret);
  const folder = container.volumeMounts.find(({ name }) => name === volume?.name)?.mountPath;
  expect(argumentOf('--redis-file')).toBe(`${folder}/${key}`);
});

test('the pod gets more time to stop than the command takes', () => {
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(Number(argumentOf('--grace-period')) + 5);
});

test('the command is valid: without a server it ends with code 75, not 2', () => {
  const folder = mkdtempSync(join(tmpdir(), 'softpool-manifest-'));
  writeFileSync(join(folder, 'url'), 'redis://127.0.0.1:1\n');
  const args = container.command.slice(1).map((word) => (word === argumentOf('--redis-file') ? join(folder, 'url') : word));
  const { status, stderr } = spawnSync(process.execPath, [`${ROOT}packages/cli/bin/softpool.js`, ...args], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  expect([container.command[0], status, stderr]).toEqual([
    'softpool',
    75,
    'softpool: no Redis server answers at redis://127.0.0.1:1: connection refused\n',
  ]);
});

function argumentOf(flag: string): string | undefined {
  return container.command[container.command.indexOf(flag) + 1];
}
