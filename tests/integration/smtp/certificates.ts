/** Certificates made by openssl for servers on the loopback interface. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ServerCertificate {
  readonly key: string;
  readonly cert: string;
  readonly keyFile: string;
  readonly certFile: string;
}

export interface TestAuthority {
  readonly root: string;
  readonly good: ServerCertificate;
  readonly otherName: ServerCertificate;
  readonly expired: ServerCertificate;
  readonly selfSigned: ServerCertificate;
}

const openssl = (folder: string, ...args: string[]): void => {
  execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
};

const read = (folder: string, name: string): ServerCertificate => ({
  key: readFileSync(join(folder, `${name}.key`), 'utf8'),
  cert: readFileSync(join(folder, `${name}.pem`), 'utf8'),
  keyFile: join(folder, `${name}.key`),
  certFile: join(folder, `${name}.pem`),
});

/** A root, and servers' certificates of every kind that a relay may show. */
export function makeAuthority(folder: string): TestAuthority {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    folder,
    'req',
    '-x509',
    ...curve,
    '-keyout',
    'root.key',
    '-out',
    'root.pem',
    '-days',
    '2',
    '-subj',
    '/CN=Test Root',
  );
  const issue = (name: string, alternative: string, ...dates: string[]): ServerCertificate => {
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${alternative}\nextendedKeyUsage=serverAuth\n`);
    openssl(folder, 'req', ...curve, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}.example`);
    openssl(
      folder,
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'root.pem',
      '-CAkey',
      'root.key',
      '-CAcreateserial',
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.pem`,
      ...dates,
    );
    return read(folder, name);
  };
  openssl(
    folder,
    'req',
    '-x509',
    ...curve,
    '-keyout',
    'self.key',
    '-out',
    'self.pem',
    '-days',
    '2',
    '-subj',
    '/CN=self.example',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
  );
  return {
    root: readFileSync(join(folder, 'root.pem'), 'utf8'),
    good: issue('good', 'IP:127.0.0.1,DNS:localhost', '-days', '2'),
    otherName: issue('other', 'DNS:relay.example', '-days', '2'),
    // Ended a day before it began: no time at which it is valid, with every version of openssl.
    expired: issue('expired', 'IP:127.0.0.1', '-days', '-1'),
    selfSigned: read(folder, 'self'),
  };
}
