/** Findings on the medium from the results so far, while no preflight has run: the wizard shows them before one. */
import type { Failure } from '../base/errors.ts';
import type { MediaFacts, MediaOverview } from '../media/facts.ts';
import type { Finding } from '../base/findings.ts';

export interface KnownMedium {
  /** Components of the planned servers. */
  readonly needed: readonly string[];
  readonly overview?: MediaOverview | undefined;
  readonly facts?: MediaFacts | undefined;
  readonly failure?: Failure | undefined;
}

const base = { step: 'infrastructure', path: 'media' } as const;

/** Images that are not on the medium, or whose file is missing or incomplete. */
function missingImages(needed: readonly string[], { folder, images }: MediaOverview): Finding[] {
  return needed.flatMap((component): Finding[] => {
    const image = images.find(({ components }) => components.includes(component));
    if (image?.present === true) return [];
    const finding = { ...base, rule: 'infrastructure.images', status: 'fail' } as const;
    return [
      image === undefined
        ? { ...finding, params: { component, folder } }
        : { ...finding, variant: 'absent', params: { component, folder, file: image.file } },
    ];
  });
}

/** The findings of `infrastructure.media` and `infrastructure.images`. Pending until every needed image is verified. */
export function knownMediaFindings({ needed, overview, facts, failure }: KnownMedium): readonly Finding[] {
  const medium = { ...base, rule: 'infrastructure.media' } as const;
  if (failure !== undefined) {
    return [{ ...medium, status: 'fail', params: { ...failure.params, code: failure.code } }];
  }
  const verified = new Set(facts?.images.flatMap(({ components }) => components));
  const isVerified = facts !== undefined && needed.every((component) => verified.has(component));
  return [
    { ...medium, status: isVerified ? 'pass' : 'pending', params: {} },
    ...(overview === undefined ? [] : missingImages(needed, overview)),
  ];
}
