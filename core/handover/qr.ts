/** QR codes as SVG, drawn without a canvas or a network. */
import { renderSVG } from 'uqr';

/** Bytes that a QR code of the largest size holds at error correction M (ISO/IEC 18004). */
export const qrCapacity = 2331;

/** An SVG document for `payload` with the quiet zone of four modules. More than {@link qrCapacity} bytes are a bug. */
export function qrSvg(payload: string): string {
  if (new TextEncoder().encode(payload).length > qrCapacity) throw new RangeError('Too much for a QR code.');
  return renderSVG(payload, { ecc: 'M', border: 4, pixelSize: 4 });
}
