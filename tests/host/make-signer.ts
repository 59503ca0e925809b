/**
 * `node tests/host/make-signer.ts FOLDER`: a signer that only the packaged test build trusts. Made at packaging time,
 * in build/, and never committed or shipped.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatPublicKey, formatSecretKey, generateKeyPair } from '../../main/adapters/media/catalogue/minisign.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: make-signer FOLDER');
const { secretKey } = generateKeyPair();
writeFileSync(join(folder, 'signing-key.sec'), `${await formatSecretKey(secretKey)}\n`, { mode: 0o600 });
// Written last: its presence proves that the pair is complete.
writeFileSync(join(folder, 'signing-key.pub'), formatPublicKey(secretKey));
