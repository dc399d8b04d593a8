import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { createEngine, type Engine, EngineUnavailable } from '../../../api/engine.ts';
import { aftercareWorkflowId, orderWorkflowId } from '../../../domain/workflow-ids.ts';

/** Against a real Temporal server that has no worker. */
describe('the engine', () => {
  let connection: Connection;
  let client: Client;
  let engine: Engine;
  const storeId = randomUUID();
  const input = { orderId: randomUUID(), storeId, externalId: '1', platform: 'shopify' };
  const workflowId = orderWorkflowId(storeId, '1');

  beforeAll(async () => {
    connection = await Connection.connect({ address: process.env['TEST_TEMPORAL_ADDRESS']! });
    client = new Client({ connection });
    engine = createEngine(client);
  });
  afterAll(async () => {
    for (const id of [workflowId, aftercareWorkflowId(workflowId)])
      await client.workflow.getHandle(id).terminate();
    await connection.close();
  });

  it('is there', () => expect(engine.ping()).resolves.toBeUndefined());

  it('starts one workflow for an order, however often it has mail', async () => {
    await Promise.all([
      engine.deliver(input, 'unknown'),
      engine.deliver(input, 'unknown'),
      engine.deliver(input, 'unknown'),
    ]);
    const { status, type } = await client.workflow.getHandle(workflowId).describe();
    expect([status.name, type]).toEqual(['RUNNING', 'order']);
    expect(await engine.pendingSteps(workflowId)).toEqual([]);
  });

  it('tells one that is under way, and starts it where it is not', async () => {
    const run = async () => (await client.workflow.getHandle(workflowId).describe()).runId;
    const signals = async () =>
      (await client.workflow.getHandle(workflowId).fetchHistory()).events!.filter(
        (event) => event.workflowExecutionSignaledEventAttributes,
      ).length;
    const first = await run();
    expect(await signals()).toBe(3);
    await engine.deliver(input, 'under-way');
    expect([await run(), await signals()]).toEqual([first, 4]);
    await client.workflow.getHandle(workflowId).terminate();
    await engine.deliver(input, 'under-way');
    expect(await run()).not.toBe(first);
    expect(await signals()).toBe(1);
  });

  it('gives mail of an order that has ended to its aftercare', async () => {
    await engine.deliver(input, 'ended');
    const { type } = await client.workflow.getHandle(aftercareWorkflowId(workflowId)).describe();
    expect(type).toBe('aftercare');
  });

  it('knows no workflow that never was', async () => {
    expect(await engine.act('order:none:1', 'hold', { actor: 'a', reason: 'b' }, 'u')).toEqual({
      outcome: 'ended',
    });
    expect(await engine.pendingSteps('order:none:1')).toBeNull();
  });

  it('gives up on an Update that no worker answers, and on what waits for it', async () => {
    const act = (id: string) => engine.act(workflowId, 'hold', { actor: 'a', reason: 'b' }, id);
    const answers = await Promise.allSettled([act('u'), act('v'), act('w')]);
    expect(
      answers.map((answer) => answer.status === 'rejected' && answer.reason instanceof EngineUnavailable),
    ).toEqual([true, true, true]);
  }, 15_000);
});
