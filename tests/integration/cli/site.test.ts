/** The commands that need only a site file. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { cli, cliFails, cliJson } from './command.ts';
import { useCliFolder } from './cli-folder.ts';

const { at, env } = useCliFolder();

describe('site', () => {
  it('init writes an example that check accepts, except for values that only the owner knows', async () => {
    const made = await cliJson(env(), ['site', 'init', at('new.yaml')]);
    expect([made.code, made.json]).toEqual([0, { path: at('new.yaml') }]);
    expect(parse(await readFile(at('new.yaml'), 'utf8'))).toMatchObject({ apiVersion: 'edge-site/v1' });
    expect((await cliFails(env(), ['site', 'init', at('new.yaml')])).code).toBe(2);
    expect((await cliJson(env(), ['site', 'check', at('new.yaml')])).json).toHaveProperty('findings');
  });

  it('check prints findings with path, line, column and remedy; exit code 2 if one blocks', async () => {
    const good = await cliJson(env(), ['site', 'check', at('site.yaml')]);
    expect([good.code, good.json.blocking]).toEqual([0, 0]);
    const wrong = await cliJson(env(), ['site', 'check', at('wrong.yaml')]);
    expect(wrong.code).toBe(2);
    const findings = wrong.json.findings as Record<string, unknown>[];
    const failed = findings.filter(({ status }) => status === 'fail');
    expect(failed.length).toBe(wrong.json.blocking);
    for (const finding of failed) {
      expect(finding).toMatchObject({
        rule: expect.any(String),
        path: expect.stringContaining('network'),
        line: expect.any(Number),
        column: expect.any(Number),
        message: expect.stringMatching(/\S/),
        remedy: expect.stringMatching(/\S/),
      });
    }
    expect((await cliJson(env(), ['site', 'check', at('broken.yaml')])).code).toBe(2);
  });

  it('schema is a JSON Schema, with or without --json', async () => {
    const plain = await cli(env(), ['site', 'schema']);
    expect((await cliJson(env(), ['site', 'schema'])).json).toEqual(JSON.parse(plain.stdout));
    expect(JSON.parse(plain.stdout)).toHaveProperty('properties.apiVersion');
  });
});

describe('plan', () => {
  it('has the fields of the contract, and the totals of the small footprint', async () => {
    const { code, json } = await cliJson(env(), ['plan', at('site.yaml')]);
    expect(code).toBe(0);
    expect(json).toMatchObject({
      footprint: { option: 'small', scale: 1 },
      vips: expect.arrayContaining([expect.objectContaining({ name: 'edge-gw-vip', members: expect.any(Array) })]),
      totals: { vms: 9, vcpu: 34, memoryGb: 102, diskGb: 7680, premiumGb: 2048 },
      dns: expect.any(Array),
      firewall: expect.any(Array),
    });
    expect((json.vms as unknown[])[0]).toMatchObject({
      name: 'lab-edge-gw-1',
      component: 'edge-gw',
      datacentre: 'dc1',
      vcpu: 2,
      memoryGb: 2,
      disks: [
        { sizeGb: 64, class: 'standard' },
        { sizeGb: 256, class: 'standard' },
      ],
    });
  });

  it('writes its files into --out', async () => {
    const { code } = await cliJson(env(), ['plan', at('site.yaml'), '--out', at('plan')]);
    expect(code).toBe(0);
    for (const name of ['plan.json', 'vms.csv', 'firewall.csv', 'edge.lab.example.zone', 'edge.svg']) {
      expect((await readFile(at('plan', name), 'utf8')).length, name).toBeGreaterThan(100);
    }
  });

  it.each([
    ['en', [], ','],
    ['fr', [], ';'],
    ['de', [], ';'],
    ['fr', ['--separator', ','], ','],
    ['en', ['--separator', 'tab'], '\t'],
  ])('writes CSV that a spreadsheet in %s opens (%j)', async (language, more, separator) => {
    await cliJson(env(), ['plan', at('site.yaml'), '--out', at('plan'), '--lang', language, ...more]);
    for (const name of ['vms.csv', 'firewall.csv']) {
      const lines = (await readFile(at('plan', name), 'utf8')).split('\r\n');
      expect(lines[0]?.startsWith('\ufeff'), name).toBe(true);
      expect(lines[0]?.split(separator).length, name).toBeGreaterThan(8);
      expect(lines.at(-1)).toBe('');
    }
  });

  it('fails for an invalid site file with exit code 2, as text or as JSON', async () => {
    expect(await cliFails(env(), ['plan', at('wrong.yaml')])).toMatchObject({
      code: 2,
      error: { code: 'common.site-file-invalid' },
    });
    const words = await cli(env(), ['plan', at('wrong.yaml')]);
    expect(words.code).toBe(2);
    expect(words.stderr).toContain('The site file has faults');
    expect(words.stderr).toContain('→');
  });
});
