/**
 * Runs the commands that write, each repeatedly on a disk that fails at a different call (see disk-faults.test.ts).
 * It is started with the library of disk-faults.c loaded, and writes its report to the file `EDGE_FAULT_REPORT`.
 */
import {
  cpSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { Decrypter } from 'age-encryption';
import { parse as parseYaml } from 'yaml';
import { exitCodes, failure, ok, type Result } from '../../../core/base/errors.ts';
import { createSession } from '../../../main/api/session.ts';
import { saveSite } from '../../../main/api/site-files.ts';
import type { CommandContext } from '../../../main/commands/context.ts';
import { report } from '../../../main/commands/context.ts';
import { run as deploy } from '../../../main/commands/deploy.ts';
import { run as handoverCreate } from '../../../main/commands/handover-create.ts';
import { run as mediaCreate } from '../../../main/commands/media-create.ts';
import { run as mediaVerify } from '../../../main/commands/media-verify.ts';
import { run as planSite } from '../../../main/commands/plan.ts';
import { run as rollback } from '../../../main/commands/rollback.ts';
import { run as summary } from '../../../main/commands/summary.ts';
import { run as worksheet } from '../../../main/commands/worksheet.ts';
import { formatSecretKey } from '../../../main/adapters/media/catalogue/minisign.ts';
import { openLaboratory, root, value } from '../deploy/laboratory.ts';
import { siteYaml } from '../deploy/site-yaml.ts';
import { type FaultPoint, type FaultReport, type FaultTask, faultWays } from './fault-report.ts';

const { EDGE_FAULT_CONTROL: controlFile = '', EDGE_FAULT_REPORT: reportFile = '' } = process.env;
const tasks = JSON.parse(process.env.EDGE_FAULT_TASKS ?? '[]') as FaultTask[];
// Child processes must not load the library.
delete process.env.LD_PRELOAD;

const control = openSync(controlFile, 'r+');
const arm = (nth: number, lasts: boolean, error: number): void => {
  writeSync(control, new Int32Array([nth, lasts ? 1 : 0, error, 0, 0]), 0, 20, 0);
};
function disarm(): { readonly count: number; readonly fired: number } {
  const seen = new Int32Array(5);
  readSync(control, seen, 0, 20, 0);
  arm(0, false, 0);
  return { count: seen[3] ?? 0, fired: seen[4] ?? 0 };
}

// Only a deployment needs hosts; without it the endpoints of the site file are closed.
const deploys = tasks.some(({ name }) => name.startsWith('deploy'));
const lab = await openLaboratory({ grains: 1, hosts: deploys ? [[], []] : [] });
const at = (name: string): string => join(lab.folder, name);
const fingerprint = `SHA256:${Array.from({ length: 32 }, () => 'AB').join(':')}`;
if (!deploys) writeFileSync(lab.siteFile, siteYaml([{ url: 'https://127.0.0.1:1', fingerprint }]));
const key = at('signing-key.sec');
writeFileSync(key, await formatSecretKey(lab.signingKey));
const { text } = lab.services;

const context: CommandContext = {
  root,
  text,
  json: true,
  progress: 'json',
  signal: new AbortController().signal,
  secrets: lab.secrets,
  warn: lab.services.warn,
  services: async () => ok(lab.services),
};
const answer = (result: Result<unknown>): number => (result.ok ? 0 : report(context, result.failure));
const session = await createSession({
  services: async () => lab.services,
  language: 'en',
  host: 'browser',
  demo: false,
  homeFolder: lab.folder,
  sitePath: lab.siteFile,
  findings: [],
});

/** Each command, and the files and folders that it writes. Their previous content is restored between two runs. */
const commands: Readonly<Record<string, { readonly writes: readonly string[]; readonly run: () => Promise<number> }>> =
  {
    'site save': {
      writes: ['site.yaml'],
      run: async () =>
        answer(await saveSite(session, { path: lab.siteFile, text: `# new\n${readFileSync(lab.siteFile, 'utf8')}` })),
    },
    plan: { writes: ['plan'], run: () => planSite(context, lab.siteFile, { out: at('plan') }) },
    worksheet: { writes: ['sheet'], run: () => worksheet(context, lab.siteFile, { out: at('sheet') }) },
    'secret set': { writes: ['vault.age'], run: async () => answer(await lab.secrets.set('mail/smtp', 'a new value')) },
    'media create': {
      writes: ['media'],
      run: () => mediaCreate(context, lab.media, { key, release: '2026.9', recipient: [], serves: [], reach: [] }),
    },
    'media verify': {
      writes: ['state', 'proof'],
      run: () => mediaVerify(context, lab.media, { trust: [], again: true, out: at('proof') }),
    },
    'handover create': {
      writes: ['state', 'handover', 'vault.age'],
      run: () => handoverCreate(context, lab.siteFile, { trust: [], out: at('handover') }),
    },
    summary: { writes: ['summary'], run: () => summary(context, lab.siteFile, { out: at('summary') }) },
    'deploy again': {
      writes: ['state', 'vault.age'],
      run: () => deploy(context, lab.siteFile, { trust: [], out: at('out') }),
    },
    deploy: {
      writes: ['state', 'vault.age'],
      run: () => deploy(context, lab.siteFile, { trust: [], out: at('out') }),
    },
  };

/** The output of a command, and its exit code; an exception is a bug, as the command line reports it. */
async function speak(run: () => Promise<number>): Promise<{ code: number; said: string }> {
  let said = '';
  const write = process.stdout.write.bind(process.stdout);
  const silent = process.stderr.write.bind(process.stderr);
  process.stdout.write = (words: unknown) => ((said += String(words)), true);
  process.stderr.write = () => true;
  try {
    return { code: await run(), said };
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    report(context, failure('operation', 'common.unexpected', { message }));
    return { code: exitCodes.operation, said };
  } finally {
    process.stdout.write = write;
    process.stderr.write = silent;
  }
}

const filesBelow = (path: string): string[] => {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesBelow(join(path, name)));
};

const identity = readFileSync(lab.identity, 'utf8').trim();

/** Whether a file is complete, by its kind. */
async function isWhole(path: string): Promise<boolean> {
  const bytes = readFileSync(path);
  const words = bytes.toString('utf8');
  try {
    if (basename(path) === 'vault.age') return (await lab.secrets.list()).ok;
    if (path.endsWith('.age')) {
      const opener = new Decrypter();
      opener.addIdentity(identity);
      return (await opener.decrypt(bytes)).length > 0;
    }
    if (path.endsWith('.json')) return JSON.parse(words) !== null;
    if (path.endsWith('.yaml')) return parseYaml(words) !== null && words.endsWith('\n');
    if (path.endsWith('.ndjson')) {
      return (
        words === '' ||
        (words.endsWith('\n') &&
          words
            .trimEnd()
            .split('\n')
            .every((line) => JSON.parse(line)))
      );
    }
    if (path.endsWith('.html')) return words.trimEnd().endsWith('</html>');
    if (path.endsWith('.svg')) return words.trimEnd().endsWith('</svg>');
    if (path.endsWith('.pdf')) return words.trimEnd().endsWith('%%EOF');
    return words.endsWith('\n');
  } catch {
    return false;
  }
}

const before = at('before');
const keep = (writes: readonly string[]): void => {
  rmSync(before, { recursive: true, force: true });
  for (const name of writes) if (existsSync(at(name))) cpSync(at(name), join(before, name), { recursive: true });
};
const restore = (writes: readonly string[]): void => {
  for (const name of writes) {
    rmSync(at(name), { recursive: true, force: true });
    if (existsSync(join(before, name)))
      cpSync(join(before, name), at(name), { recursive: true, preserveTimestamps: true });
  }
};

/** Files with neither the old nor a complete new content. */
async function tornFiles(writes: readonly string[], lasts: boolean): Promise<string[]> {
  const torn: string[] = [];
  // Two files of one medium: both old or both new. No system replaces two files at once, so on a disk that
  // keeps failing they may be mixed; such a medium is refused.
  const isOld = (name: string): boolean => readFileSync(at(name)).equals(readFileSync(join(before, name)));
  const pair = ['media/catalogue.json', 'media/catalogue.json.minisig'];
  if (!lasts && writes.includes('media') && new Set(pair.map(isOld)).size > 1) torn.push(...pair);
  for (const name of writes) {
    for (const path of filesBelow(at(name))) {
      const old = join(before, path.slice(lab.folder.length));
      const same = existsSync(old) && readFileSync(old).equals(readFileSync(path));
      if (!same && !(await isWhole(path))) torn.push(path);
    }
    for (const path of filesBelow(join(before, name))) {
      if (!existsSync(at(path.slice(before.length + 1)))) torn.push(path);
    }
  }
  return torn;
}

const leftovers = (): string[] =>
  filesBelow(process.env.TMPDIR ?? '')
    .filter((path) => /\.(tmp|draft|new|old)$|\/lock$|\/govc-|\.lock$/.test(path))
    .concat(readdirSync(process.env.TMPDIR ?? '').filter((name) => name.startsWith('govc-')));

function pointsOf(points: FaultTask['points'], count: number): readonly FaultPoint[] {
  if (typeof points !== 'string') return points;
  return Array.from({ length: count }, (_, index) => index).flatMap((index) =>
    faultWays
      .filter((_way, turn) => points === 'each' || turn === index % faultWays.length)
      .map((way) => ({ ...way, share: index / count })),
  );
}

const reports: FaultReport[] = [];

/** The first deployment, for commands that need one. */
let deployed = false;
async function prepare(name: string): Promise<void> {
  const isDeploy = name === 'deploy';
  if (isDeploy && deployed) {
    await speak(() => rollback(context, lab.siteFile, { yes: 'lab' }));
    deployed = false;
  }
  if (!isDeploy && !deployed && deploys) {
    const { code, said } = await speak(commands.deploy?.run ?? (async () => 1));
    if (code !== 0) throw new Error(said);
    deployed = true;
  }
}

for (const { name, points } of tasks) {
  const command = commands[name];
  if (command === undefined) throw new Error(name);
  await prepare(name);
  // Runs once without a fault: writes the previous content, and counts the calls.
  const clean = await speak(command.run);
  if (clean.code !== 0) throw new Error(`${name}: ${clean.said}`);
  if (name !== 'deploy') keep(command.writes);
  arm(2_000_000_000, false, 5);
  if (name === 'deploy') {
    deployed = true;
    disarm();
    await prepare(name);
    keep(command.writes);
    arm(2_000_000_000, false, 5);
  }
  const again = await speak(command.run);
  const { count } = disarm();
  if (again.code !== 0) throw new Error(`${name}: ${again.said}`);
  if (name === 'deploy') deployed = true;
  for (const { share, errno, lasts } of pointsOf(points, count)) {
    await prepare(name);
    restore(command.writes);
    const nth = 1 + Math.floor(share * count);
    arm(nth, lasts, errno);
    const { code, said } = await speak(command.run);
    const { fired } = disarm();
    if (name === 'deploy') deployed = true;
    reports.push({
      name,
      nth,
      of: count,
      errno,
      lasts,
      fired,
      code,
      said,
      torn: await tornFiles(command.writes, lasts),
      left: leftovers(),
    });
  }
  restore(command.writes);
}
value(await lab.secrets.list());
writeFileSync(reportFile, JSON.stringify(reports));
await lab.close();
