import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../../..');
const FOLDER = join(ROOT, '.github/workflows');

interface Job {
  uses?: string;
  strategy?: { matrix: Record<string, string[]> };
  steps?: { uses?: string; run?: string; if?: string }[];
}

interface Workflow {
  on: Record<string, { tags?: string[] } | null>;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const workflow = (name: string) => parse(readFileSync(join(FOLDER, name), 'utf8')) as Workflow;
const names = readdirSync(FOLDER);
const steps = (name: string) => Object.values(workflow(name).jobs).flatMap((job) => job.steps ?? []);
const commands = (name: string) => steps(name).flatMap(({ run }) => run?.split('\n').map((line) => line.trim()) ?? []);

describe('the workflows', () => {
  it('test on macOS and Linux, with the oldest Node promised and the current one', () => {
    const { test } = workflow('ci.yml').jobs;
    expect(test?.strategy?.matrix).toEqual({ os: ['macos-latest', 'ubuntu-latest'], node: ['20', 'lts/*'] });
    expect(Object.keys(workflow('ci.yml').on)).toEqual(['push', 'pull_request', 'workflow_call']);
  });

  it('run everything in the order in which one needs the other, and real Electron on every machine', () => {
    const wanted = [
      'npm ci',
      'npm test',
      'node out/cli/sexton.mjs selftest',
      'node out/cli/sexton.mjs doctor',
      'npx install-electron',
    ];
    expect(commands('ci.yml').filter((line) => wanted.includes(line))).toEqual(wanted);
    expect(commands('ci.yml').at(-1) || commands('ci.yml').at(-2)).toMatch(
      /xvfb-run --auto-servernum npm run test:electron; else npm run test:electron; fi$/,
    );
    for (const step of steps('ci.yml').filter(({ run }) => /npm|sexton/.test(run ?? ''))) {
      expect(step.if, step.run).toBeUndefined();
    }
  });

  it('release a tag only when the tests passed, packaged on every system', () => {
    const { on, jobs } = workflow('release.yml');
    expect(on).toEqual({ push: { tags: ['v*'] } });
    expect(jobs.test?.uses).toBe('./.github/workflows/ci.yml');
    expect(jobs.package).toMatchObject({ needs: 'test' });
    expect(jobs.package?.strategy?.matrix.os).toEqual([
      'macos-latest',
      'macos-15-intel',
      'ubuntu-latest',
      'ubuntu-24.04-arm',
    ]);
    expect(commands('release.yml')).toContain('npm run dist');
  });

  it.each(names)(
    '%s uses GitHub’s own actions by major version, may only read, and runs scripts that exist',
    (name) => {
      const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
      const used = steps(name).flatMap(({ uses }) => uses ?? []);
      expect(used.length).toBeGreaterThan(0);
      for (const action of used) expect(action).toMatch(/^actions\/(checkout|setup-node|upload-artifact)@v\d+$/);
      expect(workflow(name).permissions).toEqual({ contents: 'read' });
      for (const [, script = ''] of commands(name)
        .join('\n')
        .matchAll(/npm run ([\w:]+)/g)) {
        expect(Object.keys(scripts)).toContain(script);
      }
    },
  );
});
