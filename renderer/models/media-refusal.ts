/** What a refused medium means in plain words: several codes, one story. Words under `wizard.refusal.means`. */
import type { Failure } from '../../core/base/errors.ts';

/** Refusals that have a story of their own, by the code without its area. */
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
] as const;
type Story = (typeof own)[number] | 'certificate' | 'structure';

const isOwn = (name: string): name is (typeof own)[number] => (own as readonly string[]).includes(name);

/** Undefined: nothing was refused, something simply is not there, like the disk. */
export function storyOf({ kind, code }: Failure): Story | undefined {
  const [area, name = ''] = code.split('.');
  if (area !== 'media') return undefined;
  if (isOwn(name)) return name;
  if (name.startsWith('certificate-')) return 'certificate';
  // Every rule about how an image is built: to somebody on site they all say the same.
  return kind === 'trust' || /^(?:tar|ova|ovf|vmdk|xml|manifest|catalogue-(?:json|format|size))/.test(name)
    ? 'structure'
    : undefined;
}
