/** Runs benches by name, `npm run bench -- deploy`; without a name `plan` and `media`. */
const benches: Readonly<Record<string, () => Promise<unknown>>> = {
  plan: () => import('./plan.ts'),
  media: () => import('./media.ts'),
  deploy: () => import('./deploy.ts'),
  gateways: () => import('./gateways.ts'),
};

const named = process.argv.slice(2).filter((name) => Object.hasOwn(benches, name));
for (const name of named.length > 0 ? named : ['plan', 'media']) await benches[name]?.();
