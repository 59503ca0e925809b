/**
 * Time and memory of a plan for 1, 10, 100 and 1,000 large footprints, side by side. Run: node --expose-gc
 * bench/plan.ts
 */
import { makePlan } from '../core/plan/make-plan.ts';
import { siteSchema } from '../core/site/schema.ts';

const site = (scale: number) =>
  siteSchema.parse({
    apiVersion: 'edge-site/v1',
    site: { name: 'bench', customer: 'Bench' },
    sizing: { registeredUsers: 100_000, concurrentUsers: 20_000 },
    footprint: { option: 'large', scale },
    datacentres: [1, 2, 3].map((number) => ({ name: `dc${number}`, platform: 'kvm' })),
    network: { lan: { cidr: '10.0.0.0/15' }, wan: { cidr: '8.8.0.0/17', gateway: '8.8.0.1' } },
    domain: { fqdn: 'edge.acme.com' },
    mail: { mode: 'corporate', host: 'smtp.acme.com', from: 'rainbow@edge.acme.com' },
    backup: { type: 'sftp', host: 'backup.other.com', path: '/rainbow', location: 'Elsewhere' },
  });

const collect = (globalThis as { gc?: () => void }).gc;
const rows = [1, 10, 100, 1000].map((scale) => {
  const input = site(scale);
  for (let warm = 0; warm < 3; warm += 1) makePlan(site(1));
  collect?.();
  const before = process.memoryUsage().heapUsed;
  const started = performance.now();
  const plan = makePlan(input);
  const ms = performance.now() - started;
  collect?.();
  const bytes = process.memoryUsage().heapUsed - before;
  if (!plan.ok) throw new Error(JSON.stringify(plan.failure));
  const { vms } = plan.value.totals;
  return {
    footprints: scale,
    vms,
    ms: Number(ms.toFixed(1)),
    'µs per VM': Number(((ms * 1000) / vms).toFixed(1)),
    'bytes per VM': collect === undefined ? 'n/a' : Math.round(bytes / vms),
    'firewall rows': plan.value.firewall.length,
    'DNS records': plan.value.dns.length,
  };
});
console.table(rows);
