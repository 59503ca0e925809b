/** Groups the codes of a refused medium by their plain meaning. Words under `wizard.refusal.means`. */
import type { Failure } from '../../core/base/errors.ts';

/** Refusals with a separate meaning, by the code without its area. */
const own = [
  'unsigned',
  'signature-format',
  'signature-unknown-key',
  'signature-invalid',
  'signature-comment',
  'signature-legacy',
  'expired',
  'rollback',
  'images-incomplete',
  'image-missing',
  'image-short',
  'image-long',
  'image-altered',
  'file-changed',
  'gateway-property',
] as const;
type Story = (typeof own)[number] | 'certificate' | 'structure';

const isOwn = (name: string): name is (typeof own)[number] => (own as readonly string[]).includes(name);

/** Undefined if nothing was refused, such as for a missing disk. */
export function storyOf({ kind, code }: Failure): Story | undefined {
  const [area, name = ''] = code.split('.');
  if (area !== 'media') return undefined;
  if (isOwn(name)) return name;
  if (name.startsWith('certificate-')) return 'certificate';
  // All rules about an image's structure have one meaning to a person on site.
  return kind === 'trust' || /^(?:tar|ova|ovf|vmdk|xml|manifest|catalogue-(?:json|format|size))/.test(name)
    ? 'structure'
    : undefined;
}
