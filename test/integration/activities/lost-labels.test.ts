import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { v7 as uuid } from 'uuid';
import { buyLabel } from '../../../activities/labels.ts';
import { openAttention } from '../../../activities/lifecycle.ts';
import { reserve } from '../../../activities/reserve.ts';
import { listCarriers, quote } from '../../../activities/quotes.ts';
import { chooseService } from '../../../activities/shipping.ts';
import { allocate } from '../../../activities/stock.ts';
import { askForLostLabels } from '../../../workers/loops/lost-labels.ts';
import { createWorld, line, type World } from '../db/world.ts';
import { createFakeCarrier, type FakeCarrier, lost } from './fake-carrier.ts';

/** An order whose label was asked for, with its answer lost, and that is parked because of it. */
describe('a label of which nobody can tell whether it was sold', () => {
  let world: World;
  let carrier: FakeCarrier;
  let told: { workflowId: string; update: string; args: unknown }[];
  let attentionId: string;
  let step: Parameters<typeof buyLabel>[1];
  const client = {
    workflow: {
      getHandle: (workflowId: string) => ({
        async executeUpdate(update: string, { args }: { args: unknown[] }) {
          told.push({ workflowId, update, args: args[0] });
        },
      }),
    },
  } as unknown as Client;

  beforeAll(async () => {
    world = await createWorld({
      carriers: [
        { ...createFakeCarrier('fast').carrier, connect: (account) => carrier.carrier.connect(account) },
      ],
    });
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.clear();
    world.deps.labelSettleMs = 0;
    told = [];
    carrier = createFakeCarrier('fast');
    await world.warehouse('B');
    await world.product('MUG');
    await world.receive('B', ['MUG', 9]);
    await world.carrierAccount('fast');
    const orderId = await world.order(await world.store(), { externalId: '1', lines: [line('1', 'MUG', 1)] });
    await reserve(world.deps, { orderId, generation: 1 });
    const { fulfillments } = await allocate(world.deps, { orderId, generation: 1 });
    const fulfillmentId = fulfillments[0]!.id;
    const carriers = await listCarriers(world.deps, { orderId });
    await quote(world.deps, { orderId, fulfillmentId, accountId: carriers[0]!.accountId });
    const choice = { orderId, generation: 1, fulfillmentId, carriers, round: 0 };
    const { purchases } = await chooseService(world.deps, choice);
    step = { orderId, generation: 1, fulfillmentId, purchaseId: purchases[0]! };
    carrier.fail('buyLabel', lost, 'after');
    await expect(buyLabel(world.deps, step)).rejects.toBe(lost);
    attentionId = uuid();
    await openAttention(world.deps, {
      ...{ orderId, attentionId, fulfillmentId, step: 'label', reason: 'label_outcome_unknown' },
      ...{ sentence: 'It can not tell', lastError: null, actions: ['retry', 'cancel'] },
    });
  });

  it('is asked for again, and stays as it is while the carrier can’t tell', async () => {
    carrier.lookUp = 'cannot-tell';
    expect(await askForLostLabels(world.deps, client)).toBe(0);
    expect(told).toEqual([]);
    expect(carrier.sold).toHaveLength(1);
    expect(await world.query('select state from label_purchase')).toEqual([{ state: 'intended' }]);
  });

  it('stays as it is while the carrier does not answer', async () => {
    carrier.fail('findLabel', lost);
    expect(await askForLostLabels(world.deps, client)).toBe(0);
    expect(told).toEqual([]);
  });

  it('lets its step begin anew once the carrier can tell, which finds it: nothing is bought twice', async () => {
    expect(await askForLostLabels(world.deps, client)).toBe(1);
    expect(told).toEqual([
      {
        ...{ workflowId: expect.stringMatching(/^order:/), update: 'retry' },
        args: {
          ...{ actor: 'engine', attentionId },
          reason: 'The carrier can tell now whether it sold the label',
        },
      },
    ]);
    expect(await buyLabel(world.deps, step)).toEqual({ trackingNumber: 'fast-1' });
    expect(carrier.sold).toHaveLength(1);
    expect(await askForLostLabels(world.deps, client)).toBe(0);
  });

  it('is let alone when it was answered already', async () => {
    await world.query('update attention set resolved_at = now()');
    expect(await askForLostLabels(world.deps, client)).toBe(0);
    expect(carrier.calls).not.toContain('findLabel');
  });
});
