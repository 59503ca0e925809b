import { describe, expect, it } from 'vitest';
import { readStartArguments } from '../../../../main/compose/start-arguments.ts';
import { refusedSwitches } from '../../../fixtures/switches.ts';

const release = { platform: 'linux', forTests: false } as const;
const windows = { platform: 'win32', forTests: false } as const;

const codeOf = (given: readonly string[], how: Parameters<typeof readStartArguments>[1] = release): string => {
  const read = readStartArguments(given, how);
  return read.ok ? 'ok' : read.failure.code;
};

describe('the start arguments of a release', () => {
  it('may be empty, or one site file', () => {
    expect(readStartArguments([], release)).toEqual({ ok: true, value: { site: undefined } });
    expect(readStartArguments(['path/site.yaml'], release)).toEqual({ ok: true, value: { site: 'path/site.yaml' } });
    expect(readStartArguments([String.raw`C:\Sites\paris.yaml`], windows)).toMatchObject({ ok: true });
  });

  it('may not be two site files', () => {
    expect(codeOf(['a.yaml', 'b.yaml'])).toBe('common.start-sites');
  });

  it('may change how the window is drawn', () => {
    const given = ['--disable-gpu', '--force-device-scale-factor=1.5', '--ozone-platform=wayland', 'site.yaml'];
    expect(readStartArguments(given, release)).toEqual({ ok: true, value: { site: 'site.yaml' } });
  });

  it.each(refusedSwitches)('may not be %s', (given) => {
    const read = readStartArguments(['site.yaml', given], release);
    expect(read).toMatchObject({ ok: false, failure: { kind: 'input', code: 'common.start-option' } });
    expect(!read.ok && read.failure.params['option']).toBe(given);
  });

  it.each([
    '-remote-debugging-port=0',
    ' --remote-debugging-port=0',
    '\t--remote-debugging-port=0',
    '--REMOTE-DEBUGGING-PORT=0',
    '--disable-gpu-sandbox',
    '--disable-gpu\n--inspect',
    '--',
    '--=x',
    '---disable-gpu',
    '-',
  ])('is not the disguised %j', (given) => {
    expect(codeOf([given])).toBe('common.start-option');
  });

  it('may be switches in three forms on Windows', () => {
    expect(codeOf(['/remote-debugging-port=0'], windows)).toBe('common.start-option');
    expect(codeOf(['/disable-gpu'], windows)).toBe('ok');
    expect(codeOf(['/srv/site.yaml'], release)).toBe('ok');
  });
});

describe('the build for tests', () => {
  const tests = { ...release, forTests: true };

  it('may be driven over DevTools, and is equally strict about all other switches', () => {
    expect(codeOf(['--inspect=0', '--remote-debugging-port=0'], tests)).toBe('ok');
    const others = refusedSwitches.filter((one) => !/^--(?:inspect|remote-debugging-port)(?:=|$)/.test(one));
    for (const one of others) expect(codeOf([one], tests), one).toBe('common.start-option');
  });
});
