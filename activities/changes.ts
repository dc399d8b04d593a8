import type { StorefrontClient } from '../connectors/storefronts/storefront.ts';
import { recordAudit } from '../db/audit.ts';
import { type ChangeRow, readChange } from '../db/changes.ts';
import type { Em } from '../db/database.ts';
import { lockOrder } from '../db/locks.ts';
import { inTransaction, writeBehind } from '../db/transaction.ts';
import { type AddressChange, type LineChange, priceOfDropped } from '../domain/changes.ts';
import { formatMinor } from '../domain/money.ts';
import { isOfCancelled } from './cancelled-there.ts';
import type { ActivityDeps } from './deps.ts';
import { readLeft } from './pay-back.ts';
import { insertVersionOf, newest } from './snapshot.ts';
import { connectStore } from './storefront.ts';

export interface ChangeInput {
  orderId: string;
  changeId: string;
}

/** `message`: why not, for the person who asked. */
export type ChangeResult = { applied: true } | { applied: false; message: string };

class NotPossible extends Error {}

/** From here on the order goes by it: a new version of its content, or money that is owed. Once, however often it is asked. */
export async function applyChange(deps: ActivityDeps, input: ChangeInput): Promise<ChangeResult> {
  try {
    await inTransaction(deps.orm, async (em) => {
      await lockOrder(em, input.orderId);
      const change = await readChange(em, input.changeId);
      if (change.state === 'refused') throw new NotPossible('It was refused already');
      if (change.state !== 'proposed') return;
      await apply[change.kind](em, change);
      await tellWorkflow(em, input.orderId);
    });
    return { applied: true };
  } catch (error) {
    if (!(error instanceof NotPossible)) throw error;
    return { applied: false, message: error.message };
  }
}

/** What asked for this may die with its Update before Temporal knows of it: the workflow then learns of it as mail. */
async function tellWorkflow(em: Em, orderId: string): Promise<void> {
  await writeBehind(
    em,
    `insert into outbox (workflow_id, signal, payload) select workflow_id, 'mail', 'null' from orders where id = ?`,
    [orderId],
  );
}

const apply: Record<ChangeRow['kind'], (em: Em, change: ChangeRow) => Promise<void>> = {
  address: applyAddress,
  lines: applyLines,
  refund: applyRefund,
};

async function applyAddress(em: Em, change: ChangeRow): Promise<void> {
  const { snapshot, erased, changes } = await newest(em, change.orderId);
  if (erased) throw new NotPossible('Who the customer was is erased: it has no address any more');
  const { address } = change.content as Pick<AddressChange, 'address'>;
  const before = changes.findLast(({ kind }) => kind === 'address') as AddressChange | undefined;
  const base = before ? before.base : snapshot.shippingAddress;
  await accept(em, change, { content: { address, base } });
  await insertVersionOf(em, change.orderId, { ...snapshot, shippingAddress: address }, change.actor);
}

interface LinesContent {
  lines: Pick<LineChange, 'externalId' | 'quantity'>[];
  refund: boolean;
}
interface KeptLine extends LineChange {
  /** Given back for it, minor units. */
  amount: number;
}

async function applyLines(em: Em, change: ChangeRow): Promise<void> {
  const { snapshot } = await newest(em, change.orderId);
  const { lines, refund } = change.content as LinesContent;
  const rows = await readShippable(em, change.orderId);
  for (const line of lines) refuseLine(line, rows);
  const rest = rows.some(
    ({ externalId, toShip }) =>
      (lines.find((line) => line.externalId === externalId)?.quantity ?? toShip) > 0,
  );
  if (!rest) throw new NotPossible('Nothing of the order would be left: cancel it instead');
  const promised = await readPromised(em, change.orderId);
  const kept = lines.map(({ externalId, quantity }): KeptLine => {
    const line = snapshot.lines.find((one) => one.externalId === externalId)!;
    const price = priceOfDropped(line, quantity, snapshot.taxesIncluded);
    return {
      externalId,
      quantity,
      base: line.quantity,
      amount: Math.max(0, price - (promised.get(externalId) ?? 0)),
    };
  });
  const amount = refund ? kept.reduce((sum, line) => sum + line.amount, 0) : 0;
  const content = { lines: kept.map((line) => ({ ...line, amount: refund ? line.amount : 0 })) };
  await accept(em, change, { content, amount });
  await insertVersionOf(em, change.orderId, snapshot, change.actor);
}

interface Shippable {
  externalId: string;
  toShip: number;
  left: number;
}

/** What is to be shipped of each line, and what has left or may have. */
async function readShippable(em: Em, orderId: string): Promise<Shippable[]> {
  return em.execute<Shippable[]>(
    `select l.external_id as "externalId", l.to_ship as "toShip", coalesce(gone.quantity, 0)::int as left
     from order_line l join orders o on o.id = l.order_id and o.version = l.version
     left join (select fl.line_external_id, sum(fl.quantity) as quantity
                from fulfillment_line fl join fulfillment f on f.id = fl.fulfillment_id
                where f.order_id = ? and f.stage in ('shipped', 'delivered', 'closed') group by 1) gone
       on gone.line_external_id = l.external_id
     where l.order_id = ?`,
    [orderId, orderId],
  );
}

function refuseLine(
  { externalId, quantity }: LinesContent['lines'][number],
  rows: readonly Shippable[],
): void {
  const row = rows.find((one) => one.externalId === externalId);
  if (!row) throw new NotPossible(`The order has no line ${externalId}`);
  if (quantity >= row.toShip)
    throw new NotPossible(
      `Of line ${externalId} ${row.toShip} are to be shipped: here it can only become less; more is ordered in the shop`,
    );
  if (quantity < row.left)
    throw new NotPossible(`Of line ${externalId} ${row.left} have left already: take them back instead`);
}

async function readPromised(em: Em, orderId: string): Promise<Map<string, number>> {
  const rows = await em.execute<{ line: string; amount: number }[]>(
    `select kept ->> 'externalId' as line, sum((kept ->> 'amount')::bigint)::float8 as amount
     from order_change c cross join lateral jsonb_array_elements(c.content -> 'lines') kept
     where c.order_id = ? and c.kind = 'lines' and c.state in ('accepted', 'done', 'skipped') group by 1`,
    [orderId],
  );
  return new Map(rows.map(({ line, amount }) => [line, amount]));
}

async function applyRefund(em: Em, change: ChangeRow): Promise<void> {
  const { left, currency } = await readLeft(em, change.orderId);
  const say = (minor: number) => `${formatMinor(minor, currency)} ${currency}`;
  if (left === 0)
    throw new NotPossible('Nothing is left to give back: nothing was taken, or all of it was given back');
  const amount = change.amount === 0 ? left : change.amount;
  if (amount > left) throw new NotPossible(`Only ${say(left)} is left to give back, not ${say(amount)}`);
  await accept(em, change, { amount });
}

async function accept(
  em: Em,
  change: ChangeRow,
  { content = change.content, amount = 0 }: { content?: unknown; amount?: number },
): Promise<void> {
  await em.execute(
    `update order_change c set state = 'accepted', content = ?, amount = ?,
       place = 1 + (select count(*) from order_change b where b.order_id = c.order_id and b.place is not null)
     where id = ?`,
    [JSON.stringify(content), amount, change.id],
  );
}

export interface TellInput extends ChangeInput {
  storeId: string;
  externalId: string;
}

/** The shop is to show what the order goes by here. One that is cancelled there shows nothing any more. */
export async function tellChange(deps: ActivityDeps, input: TellInput): Promise<void> {
  const em = deps.orm.em.fork();
  const { client } = await connectStore(deps, em, input.storeId);
  const change = await readChange(em, input.changeId);
  if (!client || change.content === null) return;
  try {
    await tell(em, client, input.externalId, change);
  } catch (error) {
    if (!(await isOfCancelled(client, input.externalId, error))) throw error;
  }
}

async function tell(em: Em, client: StorefrontClient, externalId: string, change: ChangeRow): Promise<void> {
  const { kind, content, reason, id } = change;
  if (kind === 'address') await client.changeAddress(externalId, (content as AddressChange).address);
  if (kind !== 'lines') return;
  const dropped = await readDropped(em, id);
  await client.dropLines({ orderExternalId: externalId, lines: dropped, reason, key: id });
}

/** By how much this change made each line less, after those before it. */
async function readDropped(em: Em, changeId: string): Promise<{ externalId: string; quantity: number }[]> {
  return em.execute(
    `select kept ->> 'externalId' as "externalId",
            (least((kept ->> 'base')::int, coalesce(
              (select min((earlier ->> 'quantity')::int) from order_change b
               cross join lateral jsonb_array_elements(b.content -> 'lines') earlier
               where b.order_id = c.order_id and b.kind = 'lines' and b.state in ('accepted', 'done', 'skipped')
                 and b.place < c.place
                 and earlier ->> 'externalId' = kept ->> 'externalId'), (kept ->> 'base')::int))
             - (kept ->> 'quantity')::int) as quantity
     from order_change c cross join lateral jsonb_array_elements(c.content -> 'lines') kept where c.id = ?`,
    [changeId],
  );
}

export interface SettleInput extends ChangeInput {
  state: 'done' | 'skipped';
}

/** Nothing more is to follow of it. What was skipped is not paid by anybody here any more. */
export async function settleChange(deps: ActivityDeps, input: SettleInput): Promise<void> {
  await inTransaction(deps.orm, async (em) => {
    await lockOrder(em, input.orderId);
    if (input.state === 'skipped')
      await em.execute(`update refund set state = 'abandoned' where key like ? and state = 'intended'`, [
        `${input.changeId}/refund/%`,
      ]);
    await em.execute(
      `update order_change c set state = ?, settled_at = now(),
         given = (select coalesce(sum(amount), 0) from refund where key like ? and state = 'done')
       where id = ? and state = 'accepted'`,
      [input.state, `${input.changeId}/refund/%`, input.changeId],
    );
    await recordAudit(em, {
      actor: 'engine',
      what: 'change_settled',
      orderId: input.orderId,
      subject: input.changeId,
      detail: input.state === 'done' ? 'Carried out in the shop too' : 'The rest of it is done by hand',
      key: `change/${input.changeId}/settled`,
    });
  });
}
