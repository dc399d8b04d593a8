import { condition } from '@temporalio/workflow';
import type { Captured } from '../activities/capture.ts';
import { party, record } from './calls.ts';
import { takeUp } from './changes.ts';
import { interrupt, isShipped, type Run } from './run.ts';
import { tellStanding } from './standing.ts';
import { defaultPolicy } from '../domain/policy.ts';

/** Reads what the store (or its own API's callers) wrote about the order, as long as the order lives. */

/** Until there is content: a refund may come before the order that it refunds. */
export async function readFirstMail(run: Run): Promise<Captured> {
  for (;;) {
    await condition(() => run.mail > 0);
    await readMail(run);
    if (run.order) return run.order;
  }
}

export async function readMailWhileOpen(run: Run): Promise<void> {
  for (;;) {
    await condition(() => run.mail > 0 || run.ended);
    if (run.mail === 0) return;
    const before = run.order!;
    await readMail(run);
    takeUp(run, run.order!.unsettled);
    await react(run, before, run.order!);
  }
}

export async function readMail(run: Run): Promise<void> {
  run.mail = 0;
  const { input } = run;
  const knownVersion = run.order?.version ?? 0;
  const asked = { orderId: input.orderId, storeId: input.storeId, externalId: input.externalId };
  const first = await record(
    'capture',
    { ...asked, knownVersion, settleTies: false },
    run.order ? 'Read what changed in the store' : 'Capture the order',
  );
  const ask = first.fetch || (first.incomplete && run.order === null && !first.order?.ended);
  const result = ask
    ? await record(
        'capture',
        { ...asked, knownVersion, settleTies: !(await fetched(run)) },
        'Read the store’s answer',
      )
    : first;
  if (!result.order) return;
  run.order = result.order;
}

/** False when the store can't be asked: what it said last must do, and the review goes by that. */
async function fetched(run: Run): Promise<boolean> {
  const { orderId, storeId, externalId, platform } = run.input;
  const retries = { ...(run.order?.policy.retries ?? defaultPolicy.retries), attempts: 3 };
  try {
    await party(
      platform,
      'fetchOrder',
      { orderId, storeId, externalId },
      'Ask the store for the order',
      retries,
    );
    return true;
  } catch {
    return false;
  }
}

async function react(run: Run, before: Captured, now: Captured): Promise<void> {
  if (run.closing || run.ended) return;
  if (now.cancelledInShop && !before.cancelledInShop) return cancelledInShop(run);
  const open = run.fulfillments.length === 0 || run.fulfillments.some((one) => !isShipped(one));
  const editor = run.editor ?? { actor: 'store', reason: 'the order was changed in the shop' };
  run.editor = null;
  if (now.changed && open) interrupt(run, { kind: 'redo', ...editor });
  else if (now.changed)
    await noteTooLate(run, 'The order was changed in the shop after its parcels had left');
}

async function cancelledInShop(run: Run): Promise<void> {
  if (run.fulfillments.some(isShipped)) {
    await noteTooLate(run, 'The order was cancelled in the shop after a parcel had left: take it back');
    return;
  }
  interrupt(run, { kind: 'cancel', actor: 'store', reason: 'cancelled in the shop' });
}

async function noteTooLate(run: Run, detail: string): Promise<void> {
  const { orderId } = run.input;
  const key = `too-late/${orderId}/${run.order!.version}`;
  await record('note', { orderId, key, actor: 'store', what: 'too_late', detail }, detail);
  await tellStanding(run);
}
