import { changePolicy, type PolicyChange, policyOf } from '../domain/policy.ts';
import {
  compareSettings,
  contradictions,
  differencesOf,
  type SettingChange,
} from '../domain/policy-change.ts';
import { recordAudit } from './audit.ts';
import type { Em } from './database.ts';
import { PolicyChangeSchema, type Store, StoreSchema } from './entities/stores.ts';

export interface PolicyEdit {
  storeId: string;
  /** What the editor saw. */
  version: number;
  policy: PolicyChange;
  fulfillFrom?: string | undefined;
  actor: string;
  reason: string;
}

/** `stale`: somebody else changed it since. Refused edits change nothing. */
export type PolicyEdited =
  | { outcome: 'changed'; store: Store }
  | { outcome: 'stale'; version: number }
  | { outcome: 'contradictory'; errors: { setting: string; says: string }[] };

/** Inside a transaction. An edit that changes no value is no edit. null where there is no such store. */
export async function editPolicy(em: Em, edit: PolicyEdit): Promise<PolicyEdited | null> {
  await lockStore(em, edit.storeId);
  const store = await em.findOne(StoreSchema, { id: edit.storeId });
  if (!store) return null;
  const version = store.policyVersion;
  if (version !== edit.version) return { outcome: 'stale', version };
  const before = policyOf(store.policy);
  const after = changePolicy(before, edit.policy);
  const errors = contradictions(after, store.currency);
  if (errors.length > 0) return { outcome: 'contradictory', errors };
  const start = edit.fulfillFrom === undefined ? store.fulfillFrom : new Date(edit.fulfillFrom);
  const changes = [
    ...compareSettings(before, after),
    ...compareStart(store.fulfillFrom.toISOString(), start.toISOString()),
  ];
  if (changes.length === 0) return { outcome: 'changed', store };
  em.assign(store, {
    policy: differencesOf(after),
    policyVersion: version + 1,
    // Orders that were too old so far are read again.
    ...(start < store.fulfillFrom && start < store.backfillWatermark && { backfillWatermark: start }),
    fulfillFrom: start,
  });
  await em.flush();
  const { storeId, actor, reason } = edit;
  await recordPolicyChange(em, { storeId, version: version + 1, actor, reason, changes });
  const names = changes.map(({ setting }) => setting).join(', ');
  await recordAudit(em, { actor, what: 'policy_changed', subject: storeId, detail: `${names}: ${reason}` });
  return { outcome: 'changed', store };
}

/** Edits of one store's settings go one after the other, so that each tells truly what was there before. */
export async function lockStore(em: Em, storeId: string): Promise<void> {
  await em.execute('select 1 from store where id = ? for no key update', [storeId]);
}

/** In the transaction of the change. */
export async function recordPolicyChange(
  em: Em,
  change: { storeId: string; version: number; actor: string; reason: string; changes: SettingChange[] },
): Promise<void> {
  await em.insert(PolicyChangeSchema, change);
}

function compareStart(from: string, to: string): SettingChange[] {
  return from === to ? [] : [{ setting: 'fulfillFrom', from, to }];
}
