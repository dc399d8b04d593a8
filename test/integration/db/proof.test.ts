import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { bury, end } from '../../../activities/lifecycle.ts';
import { reserve } from '../../../activities/reserve.ts';
import { allocate, handOver, release } from '../../../activities/stock.ts';
import { checks } from '../../../db/read/proof.ts';
import { mendStock, NotMendable } from '../../../db/stock/mend.ts';
import { proveStock, proveStockWhenDue } from '../../../db/stock/proof.ts';
import { receiveStock } from '../../../db/stock/receive.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { createWorld, line, type World } from './world.ts';

let world: World;
/** Rows by the names that the cases below use. */
const ids: Record<string, string> = {};

beforeAll(async () => {
  world = await createWorld();
  const storeId = await world.store();
  await world.warehouse('B');
  await world.warehouse('M');
  await world.product('MUG');
  await world.product('TEA');
  await world.receive('B', ['MUG', 10, 'L1'], ['TEA', 4, 'T1']);
  await world.query(`update lot set state = 'quarantined' where number = 'T1'`);
  const order = async (name: string, sku: string, quantity: number) => {
    ids[name] = await world.order(storeId, { externalId: name, lines: [line('1', sku, quantity)] });
    const key = { orderId: ids[name], generation: 1 };
    await reserve(world.deps, key);
    return key;
  };
  await order('held', 'MUG', 2);
  await order('waiting', 'TEA', 1);
  await allocate(world.deps, await order('allocated', 'MUG', 3));
  const shipped = await order('shipped', 'MUG', 1);
  await allocate(world.deps, shipped);
  await world.query(`update fulfillment set stage = 'labelled' where order_id = ?`, [shipped.orderId]);
  ids['parcel'] = await one('select id from fulfillment where order_id = ?', shipped.orderId);
  await handOver(world.deps, { ...shipped, fulfillmentId: ids['parcel'], actor: 'test', reason: 'left' });
  const cancelled = await order('cancelled', 'MUG', 1);
  await bury(world.deps, { ...cancelled, ending: 'cancel' });
  await release(world.deps, { ...cancelled, keep: [], next: 'cancel' });
  await end(world.deps, { ...cancelled, stage: 'cancelled', detail: 'gone', actor: 'test' });
  await documents();
  ids['L1'] = await one(`select id from lot where number = 'L1' and warehouse = 'B'`);
  const claim = (name: string) =>
    one(
      `select c.id from claim c join reservation r on r.id = c.reservation_id where r.order_id = ?
       order by c.fulfillment_id nulls last limit 1`,
      ids[name],
    );
  for (const name of ['held', 'allocated', 'shipped', 'cancelled'])
    ids[`claim of ${name}`] = await claim(name);
  ids['reservation'] = await one('select id from reservation where order_id = ?', ids['held']);
  ids['shipment'] = await one(`select id from stock_movement where reason = 'shipment'`);
  ids['receipt'] = await one(
    `select id from stock_movement where lot_id = ? and reason = 'receipt'`,
    ids['L1'],
  );
});
afterAll(() => world.close());

/** A purchase order of which 6 came, and a transfer of 3 of which 2 arrived. */
async function documents(): Promise<void> {
  ids['purchase order'] = uuid();
  ids['transfer'] = uuid();
  await world.query(
    `insert into purchase_order (id, number, supplier, warehouse, state, currency, created_by)
     values (?, 'PO-1', 'Potter', 'M', 'partially_received', 'EUR', 'test')`,
    [ids['purchase order']],
  );
  await world.query(
    `insert into purchase_order_line (purchase_order_id, position, sku, quantity, received, unit_cost)
     values (?, 1, 'MUG', 9, 6, 320)`,
    [ids['purchase order']],
  );
  const lines = [{ sku: 'MUG', quantity: 6, lot: 'L2', unitCost: { minor: 320, currency: 'EUR' } }];
  const { id } = await inTransaction(world.orm, (em) =>
    receiveStock(em, { warehouse: 'M', actor: 'test', lines }),
  );
  await world.query('update receipt set purchase_order_id = ? where id = ?', [ids['purchase order'], id]);
  await world.query(
    `insert into transfer (id, number, from_warehouse, to_warehouse, state, created_by)
     values (?, 'TR-1', 'M', 'B', 'in_transit', 'test')`,
    [ids['transfer']],
  );
  await world.query(
    `insert into transfer_line (transfer_id, position, sku, lot_id, quantity, received)
     select ?, 1, sku, id, 3, 2 from lot where number = 'L2'`,
    [ids['transfer']],
  );
  for (const [reason, lot, quantity] of [
    ['transfer_out', 'L2', -3],
    ['transfer_in', 'L1', 2],
  ])
    await world.query(
      `insert into stock_movement (id, warehouse, sku, lot_id, quantity, reason, reference, actor)
       select gen_random_uuid(), warehouse, sku, id, ?, ?, ?, 'test' from lot where number = ?`,
      [quantity, reason, `transfer/${ids['transfer']}/1`, lot],
    );
}

async function one(sql: string, ...values: unknown[]): Promise<string> {
  const [row] = await world.query<{ id: string }>(sql, values);
  return row!.id;
}

/** What no application could do: triggers and references are off. */
const behind = (sql: string) =>
  world.query(`do $$ begin set local session_replication_role = replica; ${named(sql)}; end $$`);

/** `{name}` stands for that row's id. */
const named = (text: string) => text.replaceAll(/\{([\w ]+)\}/g, (_, name: string) => ids[name]!);

const openCases = () =>
  world.query<{ reason: string; subject: string; sentence: string }>(
    `select reason, subject, sentence from attention where resolved_at is null order by reason, subject`,
  );
const bySubject = (a: { reason: string }, b: { reason: string }) => (a.reason < b.reason ? -1 : 1);

interface Drift {
  what: string;
  damage: string;
  found: [reason: string, subject: string, says: string, should: string][];
  /** What the case says to do. */
  told: RegExp;
  /** Only where the proof can't mend it: what a person does. */
  byHand?: string;
}

const drifts: Drift[] = [
  {
    what: 'on-hand of a level',
    damage: `update stock_level set on_hand = on_hand + 2 where warehouse = 'B' and sku = 'MUG'`,
    found: [['on_hand_differs', 'stock_level/B/MUG', '13', '11']],
    told: /MUG in B says 13 on hand, its movements add up to 11 and its lots to 11\..*\/mend lets/,
  },
  {
    what: 'a level that is gone',
    damage: `delete from stock_level where warehouse = 'B' and sku = 'TEA'`,
    found: [
      ['on_hand_differs', 'stock_level/B/TEA', '0', '4'],
      ['unavailable_differs', 'stock_level/B/TEA', '0', '4'],
    ],
    told: /\/mend lets the database count it anew/,
  },
  {
    what: 'claimed of a level',
    damage: `update stock_level set claimed = 0 where warehouse = 'B' and sku = 'MUG'`,
    found: [['claimed_differs', 'stock_level/B/MUG', '0', '5']],
    told: /says 0 claimed, the open claims of orders add up to 5/,
  },
  {
    what: 'unavailable of a level',
    damage: `update stock_level set unavailable = 1 where warehouse = 'B' and sku = 'TEA'`,
    found: [['unavailable_differs', 'stock_level/B/TEA', '1', '4']],
    told: /says 1 unavailable, its lots that are not sellable hold 4/,
  },
  {
    what: 'on-hand of a lot',
    damage: `update lot set on_hand = 9 where id = '{L1}'`,
    found: [['lot_on_hand_differs', 'lot/{L1}', '9', '11']],
    told: /Lot L1 of MUG in B says 9 on hand, its movements add up to 11/,
  },
  {
    what: 'claimed of a lot',
    damage: `update lot set claimed = 4 where id = '{L1}'`,
    found: [['lot_claimed_differs', 'lot/{L1}', '4', '3']],
    told: /Lot L1 of MUG in B says 4 claimed, the open claims on it add up to 3/,
  },
  {
    what: 'a lot taken from sale under its claims',
    damage: `update lot set state = 'recalled', claimed = 0 where id = '{L1}'`,
    found: [
      ['lot_claimed_differs', 'lot/{L1}', '0', '3'],
      ['lot_oversold', 'lot/{L1}', '3', '0'],
      ['oversold', 'stock_level/B/MUG', '5', '0'],
      ['unavailable_differs', 'stock_level/B/MUG', '0', '11'],
    ],
    told: /The open claims on lot L1 \(recalled\) of MUG in B add up to 3, and only 0/,
    byHand: `update lot set state = 'sellable', claimed = 3 where id = '{L1}'`,
  },
  {
    what: 'a shipped claim without its movement',
    damage: `delete from stock_movement where id = '{shipment}';
      update stock_level set on_hand = on_hand + 1 where warehouse = 'B' and sku = 'MUG';
      update lot set on_hand = on_hand + 1 where id = '{L1}'`,
    found: [['shipped_without_movement', 'claim/{claim of shipped}', 'no movement', '-1 from lot {L1}']],
    told: /MUG left B for order #shipped: the ledger has no movement.*\/mend books it/,
  },
  {
    what: 'a shipped claim that was opened again',
    damage: `update claim set state = 'open' where id = '{claim of shipped}';
      update stock_level set claimed = claimed + 1 where warehouse = 'B' and sku = 'MUG';
      update lot set claimed = claimed + 1 where id = '{L1}'`,
    found: [
      ['left_and_still_claimed', 'claim/{claim of shipped}', 'open', 'shipped'],
      [
        'movement_without_claim',
        'stock_movement/{shipment}',
        'claim/{claim of shipped} (open)',
        'a shipped claim',
      ],
    ],
    told: /A parcel of order #shipped has left B, and its MUG is claimed still/,
  },
  {
    what: 'a parcel that left without its claim',
    damage: `update claim set state = 'released' where id = '{claim of shipped}'`,
    found: [
      [
        'movement_without_claim',
        'stock_movement/{shipment}',
        'claim/{claim of shipped} (released)',
        'a shipped claim',
      ],
      ['shipped_differs', 'fulfillment/{parcel}', '0', '1'],
    ],
    told: /POST \/v1\/counts.*restore it from a backup/,
    byHand: `update claim set state = 'shipped' where id = '{claim of shipped}'`,
  },
  {
    what: 'a claim of an order that was cancelled',
    damage: `update claim set state = 'open' where id = '{claim of cancelled}';
      update stock_level set claimed = claimed + 1 where warehouse = 'B' and sku = 'MUG'`,
    found: [['dead_claim', 'claim/{claim of cancelled}', 'open', 'released']],
    told: /MUG in B is held for nobody by order #cancelled: the order is cancelled\..*\/mend gives it back/,
  },
  {
    what: 'a claim whose undo stopped halfway',
    damage: `insert into step_decision (order_id, step, generation, decision, undone_at)
      values ('{held}', '*', 1, '{"ending":"cancel"}', now() - interval '2 days')`,
    found: [['dead_claim', 'claim/{claim of held}', 'open', 'released']],
    told: /order #held: its undo does not go on/,
    byHand: `delete from step_decision where order_id = '{held}' and step = '*'`,
  },
  {
    what: 'a reservation that lost its claims',
    damage: `delete from claim where id = '{claim of held}';
      update stock_level set claimed = claimed - 2 where warehouse = 'B' and sku = 'MUG'`,
    found: [['reservation_empty', 'reservation/{reservation}', 'no claims', 'claims on what is to ship']],
    told: /Order #held has a reservation without any claim/,
    byHand: `insert into claim (id, reservation_id, warehouse, sku, quantity, created_at)
        select '{claim of held}', id, 'B', 'MUG', 2, created_at from reservation where id = '{reservation}';
      update stock_level set claimed = claimed + 2 where warehouse = 'B' and sku = 'MUG'`,
  },
  {
    what: 'a place in the queue of an order begun anew',
    damage: `update stock_wait set generation = 0 where order_id = '{waiting}'`,
    found: [['dead_wait', 'stock_wait/{waiting}/TEA', 'waits for 1', 'nothing']],
    told: /keeps a place for order #waiting, which was begun anew/,
    byHand: `update stock_wait set generation = 1 where order_id = '{waiting}'`,
  },
  {
    what: 'a claim on a lot of another warehouse',
    damage: `update claim set lot_id = (select id from lot where number = 'L2') where id = '{claim of allocated}';
      update lot set claimed = 3 - claimed where number in ('L1', 'L2')`,
    found: [['claim_misplaced', 'claim/{claim of allocated}', 'MUG in B', 'MUG in M']],
    told: /Reroute the order/,
    byHand: `update claim set lot_id = '{L1}' where id = '{claim of allocated}';
      update lot set claimed = 3 - claimed where number in ('L1', 'L2')`,
  },
  {
    what: 'a movement on a lot of another warehouse',
    damage: `update stock_movement set warehouse = 'M' where id = '{receipt}';
      update stock_level set on_hand = on_hand - 10 where warehouse = 'B' and sku = 'MUG' and claimed = 1000`,
    found: [
      ['movement_misplaced', 'stock_movement/{receipt}', 'MUG in M', 'MUG in B'],
      ['on_hand_differs', 'stock_level/B/MUG', '11', '1'],
      ['on_hand_differs', 'stock_level/M/MUG', '3', '13'],
    ],
    told: /restore it from a backup/,
    byHand: `update stock_movement set warehouse = 'B' where id = '{receipt}'`,
  },
  {
    what: 'what a movement cost',
    damage: `update stock_movement set unit_cost = 1 where id = '{shipment}'`,
    found: [['movement_cost_differs', 'stock_movement/{shipment}', '1 EUR', '320 EUR']],
    told: /booked at 1 EUR a unit.*costs 320 EUR/,
    byHand: `update stock_movement set unit_cost = 320 where id = '{shipment}'`,
  },
  {
    what: 'what came of a purchase order',
    damage: `update purchase_order_line set received = 8`,
    found: [['purchase_order_received_differs', 'purchase_order_line/{purchase order}/1', '8', '6']],
    told: /PO-1 says that 8 of MUG were received, the receipts for it add up to 6/,
  },
  {
    what: 'what arrived of a transfer',
    damage: `update transfer_line set received = 3`,
    found: [['transfer_differs', 'transfer_line/{transfer}/1', '3 sent, 3 received', '3 sent, 2 received']],
    told: /Transfer TR-1 says of MUG 3 sent, 3 received/,
    byHand: `update transfer_line set received = 2`,
  },
];

describe('the proof of stock', () => {
  const kept = ['attention', 'audit', 'stock_proof', 'stock_recount'];
  const stock = async () => {
    const contents = await world.contents();
    return Object.fromEntries(Object.entries(contents).filter(([table]) => !kept.includes(table)));
  };

  it('finds nothing in a sound database, and says what it compared', async () => {
    const { checked, differences } = await proveStock(world.orm, 'test');
    expect(differences).toEqual([]);
    expect(checked).toEqual({
      levels: 3,
      lots: 3,
      movements: 6,
      claims: 6,
      reservations: 4,
      waits: 1,
      purchaseOrderLines: 1,
      transferLines: 1,
    });
  });

  it.each(drifts)(
    'finds $what, names the row, says how to mend it, and closes it when mended',
    async (drift) => {
      const sound = await stock();
      // Mended, it is another row.
      ids['shipment'] = await one(`select id from stock_movement where reason = 'shipment'`);
      await behind(drift.damage);
      const expected = drift.found
        .map(([reason, subject, says, should]) => ({
          reason,
          subject: named(subject),
          says: named(says),
          should: named(should),
        }))
        .sort(bySubject);
      for (let round = 0; round < 2; round++) {
        const { differences } = await proveStock(world.orm, 'test');
        const found = differences.map(({ reason, subject, says, should }) => ({
          reason,
          subject,
          says,
          should,
        }));
        expect(found.sort(bySubject)).toEqual(expected);
      }
      const cases = await openCases();
      expect(cases.map(({ reason, subject }) => ({ reason, subject }))).toEqual(
        expected.map(({ reason, subject }) => ({ reason, subject })),
      );
      expect(cases.map(({ sentence }) => sentence).join('\n')).toMatch(drift.told);

      const [first] = expected;
      if (drift.byHand) await behind(drift.byHand);
      else await inTransaction(world.orm, (em) => mendStock(em, first!, { actor: 'test', reason: 'seen' }));
      const { differences } = await proveStock(world.orm, 'test');
      expect(differences).toEqual([]);
      expect(await openCases()).toEqual([]);
      const after = await stock();
      // A movement that was booked late is a row of its own.
      if (drift.damage.includes('delete from stock_movement')) delete sound['stock_movement'];
      expect(after).toMatchObject(sound);
    },
  );

  it('finds each kind that it knows in one of these', () => {
    const found = new Set(drifts.flatMap((drift) => drift.found.map(([reason]) => reason)));
    expect(checks.map(({ reason }) => reason).filter((reason) => !found.has(reason))).toEqual([]);
  });

  it('mends nothing that only a person can, and nothing that is no more', async () => {
    await behind(`update stock_movement set unit_cost = 1 where id = '{shipment}'`);
    const before = await world.contents();
    const subject = `stock_movement/${ids['shipment']}`;
    const mend = () =>
      inTransaction(world.orm, (em) =>
        mendStock(em, { subject, reason: 'movement_cost_differs' }, { actor: 'test', reason: 'seen' }),
      );
    await expect(mend()).rejects.toThrow(NotMendable);
    expect(await world.contents()).toEqual(before);
    await behind(`update stock_movement set unit_cost = 320 where id = '{shipment}'`);
    const sound = await world.contents();
    await mend();
    expect(await world.contents()).toEqual(sound);
  });

  it('refuses to count anew what the rows forbid', async () => {
    await behind(`update claim set quantity = 50 where id = '{claim of allocated}'`);
    await proveStock(world.orm, 'test');
    const before = await world.contents();
    expect((await openCases()).map(({ reason }) => reason)).toEqual([
      'claimed_differs',
      'lot_claimed_differs',
      'lot_oversold',
      'oversold',
    ]);
    await inTransaction(world.orm, (em) =>
      mendStock(
        em,
        { subject: 'stock_level/B/MUG', reason: 'claimed_differs' },
        { actor: 'test', reason: 'seen' },
      ),
    );
    // Never more than can be: what is too much stays open until it is released.
    expect(await world.levels()).toMatchObject({ 'B/MUG': [11, 11] });
    expect((await openCases()).map(({ reason }) => reason)).toContain('oversold');
    await behind(`update claim set quantity = 3 where id = '{claim of allocated}';
      update stock_level set claimed = 5 where warehouse = 'B' and sku = 'MUG';
      update lot set claimed = 3 where id = '{L1}'`);
    await proveStock(world.orm, 'test');
    const tables = ['stock_level', 'lot'];
    expect(await world.contents(...tables)).toEqual(
      Object.fromEntries(tables.map((table) => [table, before[table]!])),
    );
    expect(await openCases()).toEqual([]);
  });

  it('runs by the clock in one process at a time', async () => {
    await world.query('delete from stock_proof');
    const all = await Promise.all(Array.from({ length: 4 }, () => proveStockWhenDue(world.orm, 3600)));
    expect(all.filter((proof) => proof !== null)).toHaveLength(1);
    expect(await proveStockWhenDue(world.orm, 3600)).toBeNull();
    await world.query(`update stock_proof set at = at - interval '2 hours'`);
    expect(await proveStockWhenDue(world.orm, 3600)).not.toBeNull();
  });

  it('of two, the one with the older snapshot changes no case', async () => {
    await world.query(`insert into stock_proof (id, at, actor, checked, differences)
      values (gen_random_uuid(), now() + interval '1 hour', 'test', '{}', 0)`);
    await behind(`update stock_level set claimed = 0 where warehouse = 'B' and sku = 'MUG'`);
    expect((await proveStock(world.orm, 'test')).differences).toHaveLength(1);
    expect(await openCases()).toEqual([]);
    await behind(`update stock_level set claimed = 5 where warehouse = 'B' and sku = 'MUG'`);
    await world.query(`delete from stock_proof where at > now()`);
  });
});
