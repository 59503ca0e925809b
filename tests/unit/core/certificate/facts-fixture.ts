import type { CertificateFacts } from '../../../../core/certificate/facts.ts';

/** A certificate without faults, with some of its facts replaced. */
export const factsOf = (changes: Partial<CertificateFacts> = {}): CertificateFacts => ({
  fingerprint: 'SHA256:00',
  subject: 'CN=edge.acme.example',
  issuer: 'CN=CA',
  subjectNames: ['2.5.4.3=edge.acme.example'],
  issuerNames: ['2.5.4.3=ca'],
  serial: '0a',
  subjectEmail: false,
  selfIssued: false,
  notBefore: '2026-11-01T00:00:00.000Z',
  notAfter: '2027-05-01T00:00:00.000Z',
  signature: { name: 'ECDSA with SHA-256', strong: true },
  key: { kind: 'ec', name: 'P-256', strong: true },
  commonName: 'edge.acme.example',
  names: [
    { kind: 'dns', value: 'edge.acme.example' },
    { kind: 'dns', value: '*.edge.acme.example' },
  ],
  constraints: { ca: false },
  keyUsage: [0],
  extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
  unknownCritical: [],
  faults: [],
  ...changes,
});

export const authorityFacts = (changes: Partial<CertificateFacts> = {}): CertificateFacts => {
  const { extendedKeyUsage: _none, ...facts } = factsOf({
    fingerprint: 'SHA256:01',
    subject: 'CN=CA',
    issuer: 'CN=Root',
    subjectNames: ['2.5.4.3=ca'],
    issuerNames: ['2.5.4.3=root'],
    names: [],
    constraints: { ca: true },
    keyUsage: [5, 6],
    notAfter: '2036-01-01T00:00:00.000Z',
  });
  return { ...facts, ...changes };
};
