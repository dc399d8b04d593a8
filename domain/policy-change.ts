import type { Money } from './money.ts';
import { defaultPolicy, type StorePolicy } from './policy.ts';

export type SettingValue = string | number | boolean | Money | null;

export interface SettingChange {
  /** Dotted: `review.fraud.cancel`. */
  setting: string;
  /** null also where there was none. */
  from: SettingValue;
  to: SettingValue;
}

/** Every value of a policy by its dotted name, in the order of the policy. */
export function settingsOf(policy: StorePolicy): Map<string, SettingValue> {
  return new Map(flatten(policy, ''));
}

export function compareSettings(from: StorePolicy, to: StorePolicy): SettingChange[] {
  const before = settingsOf(from);
  return [...settingsOf(to)]
    .map(([setting, value]) => ({ setting, from: before.get(setting) ?? null, to: value }))
    .filter(({ from: was, to: is }) => !isSame(was, is));
}

/** What a store keeps: only where it differs, so that everything else follows the default. */
export function differencesOf(policy: StorePolicy): Record<string, unknown> {
  return differing(policy, defaultPolicy) ?? {};
}

/** Values that are fine by themselves and not beside each other, by the dotted name of the one to change. */
export function contradictions(policy: StorePolicy, currency: string): { setting: string; says: string }[] {
  const { review, retries } = policy;
  const found: [boolean, string, string][] = [
    [
      retries.firstSeconds > retries.lastSeconds,
      'retries.firstSeconds',
      `must not be more than retries.lastSeconds, which is ${retries.lastSeconds}`,
    ],
    [
      review.duplicate === 'hold' && review.duplicateWithinMinutes === null,
      'review.duplicate',
      'can hold nothing while review.duplicateWithinMinutes is null',
    ],
    [
      review.approvalAbove !== null && review.approvalAbove.currency !== currency,
      'review.approvalAbove',
      `must be in the store's currency, ${currency}, or each of its orders would be held`,
    ],
  ];
  return found.flatMap(([wrong, setting, says]) => (wrong ? { setting, says } : []));
}

const isGroup = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !('minor' in value);

function flatten(group: object, prefix: string): [string, SettingValue][] {
  return Object.entries(group).flatMap(([name, value]): [string, SettingValue][] =>
    isGroup(value) ? flatten(value, `${prefix}${name}.`) : [[prefix + name, value as SettingValue]],
  );
}

function differing(group: object, standard: object): Record<string, unknown> | undefined {
  const entries = Object.entries(group).flatMap(([name, value]): [string, unknown][] => {
    const usual = (standard as Record<string, unknown>)[name];
    if (isGroup(value)) {
      const own = differing(value, usual as object);
      return own ? [[name, own]] : [];
    }
    return isSame(value as SettingValue, usual as SettingValue) ? [] : [[name, value]];
  });
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function isSame(a: SettingValue, b: SettingValue): boolean {
  if (!isMoney(a) || !isMoney(b)) return a === b;
  return a.minor === b.minor && a.currency === b.currency;
}

export const isMoney = (value: SettingValue): value is Money => typeof value === 'object' && value !== null;
