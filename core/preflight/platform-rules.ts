/** Turns the rules of the platforms into rules over a site. Each checks the data centres of its platform. */
import type { Observation } from '../base/findings.ts';
import { allPlatforms, automaticSite } from '../platform/layout.ts';
import type { Platform, PlatformRule } from '../platform/platform.ts';
import type { Context, Rule } from './rule.ts';

interface Centre {
  readonly name: string;
  readonly section: unknown;
  readonly path: string;
}

const centresOn = ({ site }: Context, platform: Platform): Centre[] =>
  site.datacentres.flatMap((datacentre, index): Centre[] => {
    const found = automaticSite(datacentre);
    if (found?.platform.name !== platform.name) return [];
    return [{ name: datacentre.name, section: found.section, path: `datacentres.${index}.${platform.name}` }];
  });

function observe(rule: PlatformRule, centres: readonly Centre[], { facts }: Context): readonly Observation[] {
  if (rule.about === 'section') return centres.flatMap((centre) => rule.check(centre));
  return (facts?.endpoints ?? []).flatMap(({ inventory }): readonly Observation[] => {
    const centre = centres.find(({ name }) => name === inventory?.datacentre);
    return inventory === undefined || centre === undefined
      ? []
      : rule.check({ inventory, section: centre.section, path: centre.path });
  });
}

const ruleOf = (platform: Platform, rule: PlatformRule): Rule => ({
  id: rule.id,
  step: rule.step,
  severity: rule.severity,
  path: 'datacentres',
  needs: rule.about === 'inventory' ? ['endpoints'] : [],
  applies: (context) => centresOn(context, platform).length > 0,
  check: (context) => observe(rule, centresOn(context, platform), context),
});

/** The rules of every platform over the site file, or over the inventories. */
export const platformRules = (about: PlatformRule['about']): readonly Rule[] =>
  allPlatforms().flatMap((platform) =>
    platform.rules.filter((rule) => rule.about === about).map((rule) => ruleOf(platform, rule)),
  );
