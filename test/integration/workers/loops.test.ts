import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { UnusableWebhook } from '../../../connectors/storefronts/storefront.ts';
import { every } from '../../../workers/loops/every.ts';
import { drainCarrierMail, drainMail } from '../../../workers/loops/mail.ts';
import { dispatchOutbox } from '../../../workers/loops/outbox.ts';
import { resumeStranded } from '../../../workers/loops/sweep.ts';
import { createFakeCarrier } from '../activities/fake-carrier.ts';
import { createWorld, type World } from '../db/world.ts';

let world: World;
let storeId: string;
let temporal: ReturnType<typeof createFakeTemporal>;

beforeAll(async () => {
  const { carrier } = createFakeCarrier('fast', {
    webhooks: {
      verify: () => true,
      parse(rawBody) {
        if (rawBody.toString() === 'unusable') throw new UnusableWebhook('It names no parcel');
        return z
          .object({ key: z.string(), trackingNumber: z.string(), scan: z.any() })
          .parse(JSON.parse(rawBody.toString()));
      },
    },
  });
  world = await createWorld({ carriers: [carrier] });
  storeId = await world.store();
});
afterAll(() => world.close());
beforeEach(async () => {
  temporal = createFakeTemporal();
  await world.query('delete from inbox');
  await world.query('delete from outbox');
});

/** Remembers who was told what; `away` workflows can't be told. */
function createFakeTemporal() {
  const fake = {
    told: [] as string[],
    away: [] as string[],
    meanwhile: async () => {},
    /** Before it is said how a workflow is. */
    looked: async () => {},
    status: 'RUNNING',
    age: 181_000,
    pending: {} as { pendingWorkflowTask?: object; pendingActivities?: object[] },
  };
  const tell = async (workflowId: string, what: string) => {
    await new Promise(setImmediate);
    if (fake.away.some((one) => workflowId.endsWith(one))) throw new TypeError('away');
    fake.told.push(`${workflowId.replace(/[0-9a-f-]{36}/, 'S')} ${what}`);
    await fake.meanwhile();
  };
  const client = {
    workflow: {
      signalWithStart: (type: string, { workflowId }: { workflowId: string }) => tell(workflowId, type),
      getHandle: (workflowId: string) => ({
        signal: (name: string, payload: unknown) => tell(workflowId, `${name} ${JSON.stringify(payload)}`),
        describe: async () => {
          await fake.looked();
          const startTime = new Date(world.deps.clock().getTime() - fake.age);
          return { status: { name: fake.status }, runId: 'run', raw: fake.pending, startTime };
        },
        terminate: () => tell(workflowId, 'terminated'),
      }),
    },
  } as unknown as Client;
  return Object.assign(fake, { client });
}

async function mail(
  externalId: string | null,
  change: { state?: string; age?: string; delivered?: string; source?: string; body?: string } = {},
): Promise<string> {
  const [row] = await world.query<{ seq: string }>(
    `insert into inbox (source, key, store_id, topic, order_external_id, body, state, received_at, delivered_at)
     values (?, ?, ?, 't', ?, ?, ?, now() - ?::interval, now() - ?::interval) returning seq`,
    [
      change.source ?? `store/${storeId}`,
      uuid(),
      change.source ? null : storeId,
      externalId,
      change.body ?? '{}',
      change.state ?? 'received',
      change.age ?? '5 seconds',
      change.delivered ?? null,
    ],
  );
  return row!.seq;
}
const states = async () =>
  (
    await world.query<{ id: string; state: string }>(
      `select coalesce(order_external_id, body) as id, state from inbox order by seq`,
    )
  ).map(({ id, state }) => `${id} ${state}`);
const leasesOver = (table: string) =>
  world.query(
    `update ${table} set leased_until = now() - interval '1 second' where leased_until is not null`,
  );

describe('mail that its receiver did not deliver', () => {
  const drain = () => drainMail(world.deps, temporal.client);

  it('is delivered after a moment; delivered mail that nobody read, after a minute', async () => {
    await mail('fresh', { age: '0 seconds' });
    await mail('left');
    await mail('told', { state: 'delivered', delivered: '50 seconds' });
    await mail('unread', { state: 'delivered', delivered: '61 seconds' });
    await mail('read', { state: 'applied', age: '1 hour', delivered: '1 hour' });
    await mail('refused', { state: 'refused', age: '1 hour' });
    expect(await drain()).toBe(false);
    expect(temporal.told.sort()).toEqual(['order:S:left order', 'order:S:unread order']);
    expect(await states()).toEqual([
      'fresh received',
      'left delivered',
      'told delivered',
      'unread delivered',
      'read applied',
      'refused refused',
    ]);
    expect(await drain()).toBe(false);
    expect(temporal.told).toHaveLength(2);
  });

  describe('and that was told in vain', () => {
    const inVain = async (attempts: number, change: { state?: string } = {}) => {
      await mail('deaf', { state: 'delivered', delivered: '2 minutes', ...change });
      await world.query('update inbox set attempts = ?', [attempts - 1]);
      await drain();
      return temporal.told.map((told) => told.replace('order:S:deaf ', ''));
    };

    it('ends its workflow, which waits for nothing, every fifth time, and begins it anew', async () => {
      expect(await inVain(4)).toEqual(['order']);
      temporal.told = [];
      await world.query('delete from inbox');
      expect(await inVain(5)).toEqual(['terminated', 'order']);
    });

    it('ends one whose task fails again and again, whatever calls of it are under way', async () => {
      temporal.pending = { pendingWorkflowTask: { attempt: 10 }, pendingActivities: [{}] };
      expect(await inVain(5)).toEqual(['terminated', 'order']);
    });

    it.each([
      ['a task', { pendingWorkflowTask: { attempt: 9 } }],
      ['a call', { pendingActivities: [{}] }],
    ])('leaves a workflow alone that has %s under way', async (_what, pending) => {
      temporal.pending = pending;
      expect(await inVain(5)).toEqual(['order']);
    });

    it('leaves a workflow alone that began a moment ago', async () => {
      temporal.age = 179_000;
      expect(await inVain(5)).toEqual(['order']);
    });

    it('leaves a workflow alone that has read it meanwhile', async () => {
      temporal.looked = async () => void (await world.query(`update inbox set state = 'applied'`));
      expect(await inVain(5)).toEqual(['order']);
    });

    it('leaves a workflow alone that could not be told', async () => {
      expect(await inVain(5, { state: 'received' })).toEqual(['order']);
    });

    it('says so in the history of its order', async () => {
      const orderId = await world.order(storeId, { externalId: 'deaf' });
      await inVain(5);
      expect(
        await world.query(`select actor, what, detail from audit where order_id = ? and actor = 'engine'`, [
          orderId,
        ]),
      ).toEqual([
        {
          actor: 'engine',
          what: 'resumed',
          detail: 'Its workflow stood still (it read no mail): begun anew from what the database knows',
        },
      ]);
    });
  });

  it('goes to aftercare once its order has ended', async () => {
    const orderId = await world.order(storeId, { externalId: 'gone' });
    await world.query('update orders set ended_at = now() where id = ?', [orderId]);
    await mail('gone');
    await drain();
    expect(temporal.told).toEqual(['after:order:S:gone aftercare']);
  });

  it('is taken by one process at a time', async () => {
    for (let number = 0; number < 30; number++) await mail(`${number}`);
    await Promise.all(Array.from({ length: 5 }, drain));
    expect(temporal.told).toHaveLength(30);
    expect(new Set(temporal.told).size).toBe(30);
  });

  it('asks at once for more where there is more than one batch', async () => {
    await world.query(
      `insert into inbox (source, key, store_id, topic, order_external_id, body, received_at)
       select 's', n, ?, 't', n, '{}', now() - interval '1 minute' from generate_series(1, 130) n`,
      [storeId],
    );
    expect(await drain()).toBe(true);
    expect(await drain()).toBe(false);
    expect(new Set(temporal.told).size).toBe(130);
  });

  it('that can’t be delivered holds up no other, and is tried again when its lease is over', async () => {
    for (const id of ['1', '2', '3']) await mail(id);
    temporal.away = [':1'];
    await expect(drain()).rejects.toThrow('away');
    expect(await states()).toEqual(['1 received', '2 delivered', '3 delivered']);
    temporal.away = [];
    await drain();
    expect(await states()).toEqual(['1 received', '2 delivered', '3 delivered']);
    await leasesOver('inbox');
    await drain();
    expect(await states()).toEqual(['1 delivered', '2 delivered', '3 delivered']);
    expect(await world.query(`select attempts from inbox where order_external_id = '1'`)).toEqual([
      { attempts: 2 },
    ]);
  });

  it('that was read while it was delivered stays read', async () => {
    await mail('1');
    temporal.meanwhile = async () => void (await world.query(`update inbox set state = 'applied'`));
    await drain();
    expect(await states()).toEqual(['1 applied']);
  });
});

describe('an order that stands still', () => {
  const sweep = () => resumeStranded(world.deps, temporal.client);
  const still = async (change: { stage?: string; conditions?: string; since?: string } = {}) => {
    await world.query('update orders set ended_at = now()');
    const externalId = uuid();
    const orderId = await world.order(storeId, { externalId });
    await world.query(
      `update orders set stage = ?, conditions = ?, updated_at = now() - ?::interval,
         created_at = now() - interval '1 hour' where id = ?`,
      [change.stage ?? 'allocated', change.conditions ?? '{}', change.since ?? '181 seconds', orderId],
    );
    return externalId;
  };
  const told = (externalId: string) => temporal.told.map((one) => one.replace(`order:S:${externalId} `, ''));

  it.each(['received', 'reviewed', 'reserved', 'allocated', 'delivered'])(
    'at %s is ended and begun anew',
    async (stage) => {
      const order = await still({ stage });
      expect(await sweep()).toBe(1);
      expect(told(order)).toEqual(['terminated', 'order']);
    },
  );

  it.each([
    ['waits for its parcel', { stage: 'labelled' }],
    ['is on its way to the customer', { stage: 'shipped' }],
    ['says what it waits for', { conditions: '{awaiting_stock}' }],
    ['moved a moment ago', { since: '179 seconds' }],
  ])('is left alone when it %s', async (_what, change) => {
    await still(change);
    expect(await sweep()).toBe(0);
    expect(temporal.told).toEqual([]);
  });

  it.each([
    ['moved', 'updated_at = now()'],
    ['came to wait for a person', `conditions = '{awaiting_payment}'`],
    ['ended', 'ended_at = now()'],
  ])('is left alone when it has %s since it was noticed', async (_what, change) => {
    await still();
    temporal.looked = async () => void (await world.query(`update orders set ${change}`));
    expect(await sweep()).toBe(0);
    expect(temporal.told).toEqual([]);
  });

  it('is left alone when one of its parcels is on its way', async () => {
    const externalId = await still();
    await world.query(
      `insert into warehouse (code, name, address, latitude, longitude, countries, time_zone)
       select 'QUIET', 'Quiet', '{}', 52, 13, '{DE}', 'Europe/Berlin' where not exists (select 1 from warehouse where code = 'QUIET')`,
    );
    await world.query(
      `insert into fulfillment (id, order_id, generation, position, warehouse, ship_day, order_version, stage)
       select ?, id, 1, 0, 'QUIET', current_date, 1, 'shipped' from orders where external_id = ?`,
      [uuid(), externalId],
    );
    expect(await sweep()).toBe(0);
    expect(temporal.told).toEqual([]);
  });

  it('after its end, with a refund that was accepted, is taken up by its aftercare', async () => {
    const externalId = await still();
    await world.query('update orders set ended_at = now() where external_id = ?', [externalId]);
    await world.query(
      `insert into order_change (id, order_id, kind, request_key, amount, state, actor, reason)
       select ?, id, 'refund', external_id, 50, 'accepted', 'ops', 'late' from orders where external_id = ?`,
      [uuid(), externalId],
    );
    // Its own workflow has not said its last word yet.
    expect(await sweep()).toBe(0);
    temporal.status = 'COMPLETED';
    expect(await sweep()).toBe(1);
    expect(temporal.told).toEqual([`after:order:S:${externalId} aftercare`]);
    await world.query(`update order_change set state = 'done'`);
    expect(await sweep()).toBe(0);
  });

  it('for a person is ended and begun anew where there is nothing to answer, and only there', async () => {
    const externalId = await still({ stage: 'labelled', conditions: '{needs_attention}' });
    await world.query(
      `insert into attention (id, order_id, step, reason, sentence, actions)
       select ?, id, 'label', 'r', 's', '{retry}' from orders where external_id = ?`,
      [uuid(), externalId],
    );
    expect(await sweep()).toBe(0);
    await world.query('update attention set resolved_at = now()');
    expect(await sweep()).toBe(1);
    expect(told(externalId)).toEqual(['terminated', 'order']);
  });

  it('is left alone when it is at something', async () => {
    await still();
    temporal.pending = { pendingActivities: [{}] };
    expect(await sweep()).toBe(0);
    expect(temporal.told).toEqual([]);
  });
});

describe('carriers’ mail', () => {
  const carrierMail = (body: string, source = 'carrier/fast') => mail(null, { source, body });

  it('is applied or refused one by one, with the reason', async () => {
    const event = (trackingNumber: string, scan: object | null) =>
      JSON.stringify({ key: trackingNumber, trackingNumber, scan });
    const scan = {
      status: 'in_transit',
      code: 'I',
      at: '2026-11-24T10:00:00Z',
      description: '',
      place: null,
    };
    await carrierMail('unusable');
    await carrierMail(event('nobody', scan));
    await carrierMail(event('silent', null));
    await carrierMail('{}', 'carrier/gone');
    expect(await drainCarrierMail(world.deps)).toBe(false);
    expect(await world.query('select state, reason from inbox order by seq')).toEqual([
      { state: 'refused', reason: 'It names no parcel' },
      { state: 'applied', reason: 'No parcel of ours has this number' },
      { state: 'applied', reason: 'It does not say where the parcel is' },
      { state: 'refused', reason: 'This carrier sends no webhooks any more' },
    ]);
  });

  it('that breaks its reader holds up no other', async () => {
    await carrierMail('not JSON');
    await carrierMail(JSON.stringify({ key: 'k', trackingNumber: 'nobody', scan: null }));
    await expect(drainCarrierMail(world.deps)).rejects.toThrow(SyntaxError);
    expect((await states()).map((state) => state.split(' ').at(-1))).toEqual(['received', 'applied']);
  });
});

describe('the outbox', () => {
  const dispatch = () => dispatchOutbox(world.deps, temporal.client);
  const put = (workflowId: string, generation: number) =>
    world.query('insert into outbox (workflow_id, signal, payload) values (?, ?, ?)', [
      workflowId,
      'stock',
      JSON.stringify({ generation }),
    ]);
  const rows = () =>
    world.query(
      `select workflow_id as id, delivered_at is not null as delivered, last_error as error, attempts from outbox order by seq`,
    );

  it('tells each workflow in the order of what happened', async () => {
    for (const generation of [1, 2, 3]) await put('w', generation);
    expect(await dispatch()).toBe(false);
    expect(temporal.told).toEqual([1, 2, 3].map((generation) => `w stock {"generation":${generation}}`));
    expect(await dispatch()).toBe(false);
    expect(temporal.told).toHaveLength(3);
  });

  it('is emptied by any number of processes, each row by one', async () => {
    for (let number = 0; number < 150; number++) await put(`w${number}`, 1);
    await Promise.all(Array.from({ length: 4 }, dispatch));
    expect(temporal.told).toHaveLength(150);
    expect(new Set(temporal.told).size).toBe(150);
  });

  it('keeps what can’t be told, with why, and tells the others; later again', async () => {
    for (const id of ['bad', 'good', 'bad']) await put(id, 1);
    temporal.away = ['bad'];
    await expect(dispatch()).rejects.toThrow('away');
    expect(await rows()).toEqual([
      { id: 'bad', delivered: false, error: 'TypeError', attempts: 1 },
      { id: 'good', delivered: true, error: null, attempts: 1 },
      { id: 'bad', delivered: false, error: null, attempts: 1 },
    ]);
    temporal.away = [];
    await dispatch();
    expect(temporal.told).toHaveLength(1);
    await leasesOver('outbox');
    await dispatch();
    expect((await rows()).every(({ delivered, error }) => delivered === true && error === null)).toBe(true);
  });

  it('tells again what was told by a process that died before it wrote so', async () => {
    await put('w', 1);
    temporal.meanwhile = () => Promise.reject(new Error('killed'));
    await expect(dispatch()).rejects.toThrow('killed');
    temporal.meanwhile = async () => {};
    await leasesOver('outbox');
    await dispatch();
    expect(temporal.told).toHaveLength(2);
    expect(await rows()).toMatchObject([{ delivered: true, attempts: 2 }]);
  });

  it('to a workflow that has ended, on a real server, is settled; of an open order it is kept', async () => {
    const connection = await Connection.connect({ address: process.env.TEST_TEMPORAL_ADDRESS });
    try {
      const orderId = await world.order(storeId, {});
      const [order] = await world.query<{ id: string }>('select workflow_id as id from orders where id = ?', [
        orderId,
      ]);
      await put(order!.id, 1);
      const client = new Client({ connection });
      const tell = () => dispatchOutbox(world.deps, client);
      await expect(tell()).rejects.toThrow('workflow');
      expect(await rows()).toMatchObject([{ delivered: false, error: 'WorkflowNotFoundError' }]);
      await world.query('update orders set ended_at = now()');
      await leasesOver('outbox');
      await tell();
      expect(await rows()).toMatchObject([{ delivered: true, error: 'the workflow has ended' }]);
      // Mail begins the workflow of one that is open.
      await world.query('update orders set ended_at = null');
      await world.query(`insert into outbox (workflow_id, signal, payload) values (?, 'mail', 'null')`, [
        order!.id,
      ]);
      await tell();
      const begun = client.workflow.getHandle(order!.id);
      expect((await begun.describe()).type).toBe('order');
      await begun.terminate();
      expect(await rows()).toMatchObject([{}, { delivered: true, error: 'the workflow was begun anew' }]);
    } finally {
      await connection.close();
    }
  });
});

it('a loop goes on after a failure and ends when it is told to', async () => {
  const stopping = new AbortController();
  const outcomes = [() => Promise.reject(new Error('once')), async () => true, async () => false];
  let runs = 0;
  await every({ name: 'test', seconds: 0.001, log: world.deps.log, signal: stopping.signal }, async () => {
    const outcome = outcomes[runs++];
    if (runs === outcomes.length) stopping.abort();
    return outcome!();
  });
  expect(runs).toBe(3);
});
