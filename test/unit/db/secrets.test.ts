import { describe, expect, it } from '@jest/globals';
import { createSecrets, SecretUnreadable } from '../../../db/secrets.ts';

const [former, next] = [Buffer.alloc(32, 'former'), Buffer.alloc(32, 'next')];
const value = { consumerKey: 'ck_1', consumerSecret: 'cs_Ü' };

describe('sealed secrets', () => {
  const secrets = createSecrets([former]);

  it('open as what they were, and never look alike', () => {
    const [one, other] = [secrets.seal(value, 'a'), secrets.seal(value, 'a')];
    expect(secrets.open(one, 'a')).toEqual(value);
    expect(one).not.toBe(other);
    expect(one).not.toContain('cs_');
    expect(secrets.open(secrets.seal(null, 'a'), 'a')).toBeNull();
  });

  it.each([
    ['moved to another row', (sealed: string) => [sealed, 'b']],
    ['changed', (sealed: string) => [sealed.slice(0, -2) + (sealed.endsWith('AA') ? 'BB' : 'AA'), 'a']],
    ['cut short', (sealed: string) => [sealed.slice(0, 30), 'a']],
    ['no sealed text at all', () => ['{"consumerKey":"ck_1"}', 'a']],
    ['empty', () => ['', 'a']],
  ])('do not open %s', (_, change) => {
    const [sealed, place] = change(secrets.seal(value, 'a')) as [string, string];
    expect(() => secrets.open(sealed, place)).toThrow(SecretUnreadable);
    expect(() => secrets.open(sealed, place)).toThrow(`The secret of ${place} can't be opened`);
  });

  it('open by a former key, and are sealed by the first', () => {
    const sealed = secrets.seal(value, 'a');
    const both = createSecrets([next, former]);
    expect(both.open(sealed, 'a')).toEqual(value);
    expect([both.isOutdated(sealed), both.isOutdated(both.seal(value, 'a'))]).toEqual([true, false]);
    expect(() => secrets.open(both.seal(value, 'a'), 'a')).toThrow(SecretUnreadable);
  });

  it('are kept open by their place, and each who opens one has it to himself', () => {
    const sealed = secrets.seal({ key: 'first' }, 'a');
    secrets.open<{ key: string }>(sealed, 'a').key = 'spoilt';
    expect(secrets.open(sealed, 'a')).toEqual({ key: 'first' });
    expect(secrets.open(secrets.seal({ key: 'second' }, 'a'), 'a')).toEqual({ key: 'second' });
    expect(() => secrets.open(sealed, 'b')).toThrow(SecretUnreadable);
    expect(() => secrets.open(`${sealed}A`, 'a')).toThrow(SecretUnreadable);
  });

  it('need a key', () => {
    expect(() => createSecrets([])).toThrow('no key');
  });
});
