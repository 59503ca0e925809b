/** The entry point of the command line: a table of its commands. Each command has its own file. */
import type { CommandRow } from './commands/command.ts';
import { startCommandLine } from './commands/start.ts';

const rows: readonly CommandRow[] = [
  { usage: 'demo [options]', help: 'demo', load: () => import('./commands/demo.ts') },
  { usage: 'site init [file]', help: 'site-init', load: () => import('./commands/site-init.ts') },
  { usage: 'site check <file>', help: 'site-check', load: () => import('./commands/site-check.ts') },
  { usage: 'site schema', help: 'site-schema', load: () => import('./commands/site-schema.ts') },
  { usage: 'plan [options] <file>', help: 'plan', load: () => import('./commands/plan.ts') },
  { usage: 'worksheet [options] <file>', help: 'worksheet', load: () => import('./commands/worksheet.ts') },
  {
    usage: 'certificate request [options] <file>',
    help: 'certificate-request',
    load: () => import('./commands/certificate-request.ts'),
  },
  {
    usage: 'certificate check [options] <file>',
    help: 'certificate-check',
    load: () => import('./commands/certificate-check.ts'),
  },
  { usage: 'media create [options] <folder>', help: 'media-create', load: () => import('./commands/media-create.ts') },
  { usage: 'media verify [options] <folder>', help: 'media-verify', load: () => import('./commands/media-verify.ts') },
  { usage: 'ova verify [options] <file>', help: 'ova-verify', load: () => import('./commands/ova-verify.ts') },
  { usage: 'secret set <name>', help: 'secret-set', load: () => import('./commands/secret-set.ts') },
  { usage: 'secret list', help: 'secret-list', load: () => import('./commands/secret-list.ts') },
  { usage: 'secret delete <name>', help: 'secret-delete', load: () => import('./commands/secret-delete.ts') },
  {
    usage: 'secret export [options] <names...>',
    help: 'secret-export',
    load: () => import('./commands/secret-export.ts'),
  },
  { usage: 'secret import [options] <file>', help: 'secret-import', load: () => import('./commands/secret-import.ts') },
  { usage: 'preflight [options] <file>', help: 'preflight', load: () => import('./commands/preflight.ts') },
  { usage: 'deploy [options] <file>', help: 'deploy', load: () => import('./commands/deploy.ts') },
  { usage: 'status <file>', help: 'status', load: () => import('./commands/status.ts') },
  { usage: 'rollback [options] <file>', help: 'rollback', load: () => import('./commands/rollback.ts') },
  {
    usage: 'gateway configure [options] <file>',
    help: 'gateway-configure',
    load: () => import('./commands/gateway-configure.ts'),
  },
  { usage: 'gateway check [options] <file>', help: 'gateway-check', load: () => import('./commands/gateway-check.ts') },
  {
    usage: 'gateway rotate-keys [options] <file>',
    help: 'gateway-rotate-keys',
    load: () => import('./commands/gateway-rotate-keys.ts'),
  },
  {
    usage: 'handover create [options] <file>',
    help: 'handover-create',
    load: () => import('./commands/handover-create.ts'),
  },
  {
    usage: 'handover open [options] <bundle>',
    help: 'handover-open',
    load: () => import('./commands/handover-open.ts'),
  },
  {
    usage: 'handover acknowledge [options] <bundle>',
    help: 'handover-acknowledge',
    load: () => import('./commands/handover-acknowledge.ts'),
  },
  {
    usage: 'handover confirm [options] <file>',
    help: 'handover-confirm',
    load: () => import('./commands/handover-confirm.ts'),
  },
  { usage: 'seal [options] <file>', help: 'seal', load: () => import('./commands/seal.ts') },
  { usage: 'summary [options] <file>', help: 'summary', load: () => import('./commands/summary.ts') },
  { usage: 'run [options] <file>', help: 'run', load: () => import('./commands/run.ts') },
  { usage: 'serve [options] [file]', help: 'serve', load: () => import('./commands/serve.ts') },
];

void startCommandLine(rows, import.meta.dirname);
