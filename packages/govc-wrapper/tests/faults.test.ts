import { describe, expect, it } from 'vitest';
import { errorFrom } from '../src/faults.ts';

const kindOf = (stderr: string): string => errorFrom({ command: ['x'], exitCode: 1, stderr }).kind;

describe('plain-text errors of vSphere and govc', () => {
  it.each([
    ['ServerFaultCode: Cannot complete login due to an incorrect user name or password.', 'login'],
    ['ServerFaultCode: The ESXi account root is locked for 900 seconds after 30 failed login attempts.', 'login'],
    ['ServerFaultCode: Permission to perform this operation was denied.', 'permission'],
    ['Current license or ESXi version prohibits execution of the requested operation.', 'license'],
    [
      "Access to resource settings on the host is restricted to the server '10.1.1.1' that is managing it.",
      'managed-by-vcenter',
    ],
    ["The name 'edge-1' already exists.", 'already-exists'],
    ["Insufficient disk space on datastore 'high-perf'.", 'no-space'],
    ["vm 'edge-1' not found", 'not-found'],
    ["path 'edge-1' resolves to multiple vms", 'ambiguous'],
    ['default datacenter resolves to multiple instances, please specify', 'ambiguous'],
    [
      'The attempted operation cannot be performed in the current state (Powered on). It is not allowed in the current state.',
      'invalid-state',
    ],
    ['Post "https://10.0.0.1/sdk": dial tcp 10.0.0.1:443: connect: connection refused', 'unreachable'],
    ['Post "https://esx/sdk": dial tcp: lookup esx on 10.0.0.53:53: no such host', 'unreachable'],
    [
      'Post "https://10.0.0.1/sdk": tls: failed to verify certificate: x509: certificate signed by unknown authority',
      'certificate-mismatch',
    ],
    [
      'Post "https://10.0.0.1/sdk": x509: cannot validate certificate for 10.0.0.1 because it doesn\'t contain any IP SANs',
      'certificate-mismatch',
    ],
    [
      'Post "https://10.0.0.1/sdk": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time',
      'certificate-validity',
    ],
    ['host "10.0.0.1:443" thumbprint does not match "AB:CD"', 'certificate-mismatch'],
    [
      'Post "https://10.0.0.1/nfc/x": write tcp 10.0.0.2:5->10.0.0.1:443: use of closed network connection',
      'unreachable',
    ],
    ['Post "https://10.0.0.1/nfc/x": write: broken pipe', 'unreachable'],
    ['*types.NoDiskSpace', 'no-space'],
    ['*types.SomethingNew', 'fault'],
    ['', 'fault'],
  ])('%s -> %s', (text, kind) => {
    expect(kindOf(`/opt/my tools/govc: ${text}\n`)).toBe(kind);
  });

  it('lose their prefix in the message', () => {
    const error = errorFrom({
      command: [],
      exitCode: 1,
      stderr: 'C:\\Program Files\\x\\govc.exe: ServerFaultCode: No.\n',
    });
    expect(error.message).toBe('No.');
  });
});

describe('a fault in XML', () => {
  it('is read with its name, and a message without escapes', () => {
    const stderr = `<Fault><faultcode>ServerFaultCode</faultcode><faultstring>A &amp; &#34;B&#34;</faultstring><detail>
      <Fault xmlns:_XMLSchema-instance="http://www.w3.org/2001/XMLSchema-instance" _XMLSchema-instance:type="InvalidLogin"></Fault></detail></Fault>`;
    const error = errorFrom({ command: [], exitCode: 1, stderr });
    expect([error.kind, error.fault, error.message]).toEqual(['login', 'InvalidLogin', 'A & "B"']);
  });

  it('is found under both names that govmomi has for some faults', () => {
    const fault = (name: string): string =>
      `<LocalizedMethodFault><fault xmlns:_XMLSchema-instance="x" _XMLSchema-instance:type="${name}"/><localizedMessage>x</localizedMessage></LocalizedMethodFault>`;
    expect(kindOf(fault('NoDiskSpaceFault'))).toBe('no-space');
    expect(kindOf(fault('InsufficientResourcesFault'))).toBe('invalid-state');
    expect(errorFrom({ command: [], exitCode: 1, stderr: fault('VmConfigFault') })).toMatchObject({
      kind: 'fault',
      fault: 'VmConfigFault',
    });
  });
});

it('is read from JSON by its message, since JSON has no fault name', () => {
  const stderr = JSON.stringify({ Fault: { Code: 'ServerFaultCode', String: 'Cannot complete login "x"' } }, null, 2);
  expect(errorFrom({ command: [], exitCode: 1, stderr })).toMatchObject({
    kind: 'login',
    message: 'Cannot complete login "x"',
  });
});
