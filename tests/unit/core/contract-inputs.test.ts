import { isContractProcedure } from '@orpc/contract';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { contract } from '../../../core/contract.ts';
import { type InputField, inputFields, isSitePath } from '../../../core/contract-inputs.ts';
import { messagesOf } from '../../fixtures/words.ts';

interface Call {
  readonly call: string;
  readonly schema: z.ZodObject;
}

/** Every call that takes an input, with its schema. */
function callsIn(node: object, path: string): Call[] {
  if (isContractProcedure(node)) {
    const schema = node['~orpc'].inputSchema;
    return schema === undefined ? [] : [{ call: path, schema: z.instanceof(z.ZodObject).parse(schema) }];
  }
  return Object.entries(node).flatMap(([name, inner]) =>
    callsIn(inner as object, path === '' ? name : `${path}.${name}`),
  );
}

const fingerprint = `SHA256:${Array.from({ length: 32 }, () => 'AB').join(':')}`;

const paths = ['', 'a\0b', 'a\nb', 'a\u001bb', 'x'.repeat(5000), 7];
const sitePaths = [
  ...paths,
  '/etc/shadow',
  '/proc/self/environ',
  '/dev/zero',
  'site.yaml/../.profile',
  '.yaml',
  'a.yaml\0',
  'x.yaml.sh',
];

/** For each field a value that is good, and values that no call may accept. */
const table: Readonly<Record<InputField, { readonly good: unknown; readonly bad: readonly unknown[] }>> = {
  path: { good: '/home/me/site.yaml', bad: sitePaths },
  site: { good: 'C:\\sites\\acme.yml', bad: sitePaths },
  folder: { good: '/media/usb 1', bad: paths },
  out: { good: 'D:\\out', bad: paths },
  name: {
    good: 'vsphere/esx1.acme.example:8443',
    bad: [
      '',
      'x',
      'vsphere/a@b',
      'vsphere/evil:1\\@good:2',
      'ssh/../x',
      'mail/a\n',
      'other/x',
      `mail/${'x'.repeat(400)}`,
    ],
  },
  platform: { good: 'vsphere', bad: ['', 'hyperv', '../x'] },
  url: {
    good: 'https://esx1.acme.example:8443',
    bad: [
      'https://evil.example:8443\\@good.example:8444',
      'https://root:S3cret@esx1.acme.example',
      'https://esx1.acme.example#@evil.example',
      'https://esx1.acme.example/sdk',
      'https://esx1.acme.example:0',
      'https://esx1\tacme.example',
      'https://esx1\u3002acme.example',
      'http://esx1.acme.example',
      'https://',
    ],
  },
  username: { good: 'CORP\\tom', bad: ['', 'root:S3cret', 'CORP\tom', 'a\0b', 'a\u200bb', 'x'.repeat(201)] },
  fingerprint: { good: fingerprint, bad: ['', 'SHA256:AB', 'AB'.repeat(20), `${fingerprint}\0`, 'x'.repeat(500)] },
  language: { good: 'fr', bad: ['xx', '', '../fr'] },
  text: { good: '', bad: ['x'.repeat(4_000_001), 7] },
  page: { good: 'p-1', bad: ['', '../x', 'a b', 'x'.repeat(65)] },
  digest: { good: 'a'.repeat(64), bad: ['', 'A'.repeat(64), 'a'.repeat(63)] },
  value: { good: 'S3cret', bad: ['', 'x'.repeat(65_537)] },
  password: { good: 'S3cret', bad: ['x'.repeat(1025), 7] },
  rsa: { good: true, bad: ['true', 1] },
  vms: { good: ['acme-paris-edge-gw-1'], bad: [['../x'], ['a\0'], 'x', ['']] },
  run: { good: '2026-11-28T10:00:00.000Z-ab12', bad: ['', '../x', 'a/b', 'a\0', 'x'.repeat(101)] },
  after: { good: 0, bad: [-1, 1.5, '0'] },
};

const calls = callsIn(contract, '');
const fields = calls.flatMap(({ call, schema }) => Object.keys(schema.shape).map((name) => ({ call, schema, name })));

/** The good values of all fields of a call. */
const goodInput = (schema: z.ZodObject): Record<string, unknown> =>
  Object.fromEntries(Object.keys(schema.shape).map((name) => [name, table[name as InputField].good]));

describe('the inputs of the contract', () => {
  it('have more than a dozen calls', () => {
    expect(calls.length).toBeGreaterThan(15);
  });

  it.each(fields)('$call: $name has its one form and refuses everything else', ({ schema, name }) => {
    expect(Object.keys(inputFields)).toContain(name);
    const good = goodInput(schema);
    expect(schema.safeParse(good)).toMatchObject({ success: true });
    for (const value of table[name as InputField].bad) {
      const parsed = schema.safeParse({ ...good, [name]: value });
      expect(parsed.success, JSON.stringify(value).slice(0, 80)).toBe(false);
      expect(parsed.error?.issues[0]?.path[0]).toBe(name);
    }
  });

  it.each(calls)('$call refuses a field that it does not know', ({ schema }) => {
    expect(schema.safeParse({ ...goodInput(schema), more: 1 }).success).toBe(false);
  });

  it.each(['en', 'fr', 'de'] as const)('have words in %s for every refusal', (language) => {
    for (const { refused } of Object.values(inputFields)) {
      const [area = '', name = ''] = refused.split('.');
      const words = messagesOf(language)[area] as { errors: Record<string, unknown> };
      expect(Object.keys(words.errors), refused).toContain(name);
    }
  });

  it('recognise a site file by its extension, on Windows too', () => {
    expect(['a.yaml', '/x/a.YML', 'C:\\x\\a.yaml'].map(isSitePath)).toEqual([true, true, true]);
    expect(['.yaml', '/x/.yml', 'C:\\x\\.yaml', 'a.yaml/b'].map(isSitePath)).toEqual([false, false, false, false]);
  });
});
