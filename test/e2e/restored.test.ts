import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { orderWorkflowId } from '../../domain/workflow-ids.ts';
import { temporalCli } from '../../scripts/embedded/temporal-binaries.ts';
import {
  connectShop,
  connectUps,
  person,
  product,
  receive,
  shopifyAddress,
  warehouse,
} from '../support/commerce.ts';
import { expectLabelsPaidOnce, expectStockAddsUp } from '../support/invariants.ts';
import { act, deliverParcels, idOf, onceOrder, type OrderRef, reaches, show } from '../support/orders.ts';
import { startSystem, type System } from '../support/system.ts';

/** As docs/operate.md tells it: PostgreSQL from its last backup, Temporal from an older one, then made whole. */
describe('a Temporal that was restored to an earlier time than the database', () => {
  let system: System;
  let backups: string;
  let shop: Awaited<ReturnType<typeof connectShop>>;
  const orders = {} as Record<'unknown' | 'held' | 'ended', OrderRef>;

  const run = promisify(execFile);
  const copy = (from: string, to: string) => run('cp', ['-a', from, to]);
  const document = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8');

  async function sell(n: number): Promise<OrderRef> {
    const address = person(n, 'DE');
    const { id } = await shop.createOrder({
      lines: [{ sku: 'MUG', quantity: 1 }],
      email: address.email,
      shippingAddress: shopifyAddress(address),
    });
    return { storeId: shop.storeId, externalId: id };
  }
  const runs = async ({ storeId, externalId }: OrderRef) => {
    const { status } = await system.temporal((client) =>
      client.workflow.getHandle(orderWorkflowId(storeId, String(externalId))).describe(),
    );
    return status.name === 'RUNNING';
  };

  /** The file and what SQLite keeps beside it. */
  const temporalFiles = () => {
    const folder = path.dirname(system.data.temporal);
    const name = path.basename(system.data.temporal);
    return readdirSync(folder)
      .filter((file) => file.startsWith(name) && !file.endsWith('.pid'))
      .map((file) => path.join(folder, file));
  };
  async function backUpTemporal(): Promise<void> {
    await system.victims.temporal.kill();
    for (const file of temporalFiles()) await copy(file, backups);
    await system.victims.temporal.restart();
  }

  /** Everything stops; both servers lose their data and get that of their backups. */
  async function loseAndRestore(): Promise<void> {
    for (const name of ['api', 'worker', 'temporal', 'postgres'] as const) await system.victims[name].kill();
    const { postgres } = system.data;
    await copy(postgres, path.join(backups, 'postgres'));
    rmSync(postgres, { recursive: true });
    for (const file of temporalFiles()) rmSync(file);
    await copy(path.join(backups, 'postgres'), postgres);
    for (const file of readdirSync(backups).filter((name) => name.startsWith('temporal')))
      await copy(path.join(backups, file), path.dirname(system.data.temporal));
    await system.victims.postgres.restart();
    await system.victims.temporal.restart();
  }

  /** The guide's own commands. */
  async function temporal(command: string): Promise<string> {
    expect(document).toContain(`temporal ${command}\n`);
    const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
    const address = ['--address', system.temporalAddress, '--disable-config-file'];
    return (await run(await temporalCli(), [...words, ...address])).stdout;
  }

  beforeAll(async () => {
    backups = mkdtempSync(path.join(tmpdir(), 'orderloom-backups-'));
    system = await startSystem({ SWEEP_INTERVAL_SECONDS: '1' });
    await connectUps(system);
    await warehouse(system, 'BER', ['DE']);
    await product(system, 'MUG');
    await receive(system, 'BER', { MUG: 10 });
    shop = await connectShop(system, 'alpha');
    await shop.createProduct({ sku: 'MUG', title: 'Mug', price: '12.00', stock: 10, grams: 400 });
    orders.held = await sell(1);
    orders.ended = await sell(2);
    await reaches(system, orders.ended, 'labelled');
    await reaches(system, orders.held, 'labelled');
    await act(system, orders.held, 'hold');
    await onceOrder(system, orders.held, 'held', ({ condition }) => condition === 'held');
    await backUpTemporal();

    await act(system, orders.held, 'release');
    await reaches(system, orders.held, 'labelled');
    await deliverParcels(system, await show(system, orders.ended));
    await reaches(system, orders.ended, 'closed');
    orders.unknown = await sell(3);
    await reaches(system, orders.unknown, 'labelled');
    await loseAndRestore();
  }, 120_000);
  afterAll(async () => {
    await system?.stop();
    rmSync(backups, { recursive: true, force: true });
  });

  it('knows less than the database, until its workflows are ended', async () => {
    const query = `--query "WorkflowType IN ('order', 'aftercare') AND ExecutionStatus = 'Running'"`;
    await system.until('it counts', async () => (await temporal(`workflow count ${query}`)).includes('2'));
    await temporal(`workflow terminate ${query} --reason restored --yes`);
    await system.until('all have ended', async () => /\b0\b/.test(await temporal(`workflow count ${query}`)));
  });

  it('gets a workflow for each order that is open, and none for one that has ended', async () => {
    await Promise.all([system.victims.api.restart(), system.victims.worker.restart()]);
    for (const order of [orders.held, orders.unknown])
      await system.until('its workflow runs', () => runs(order));
    expect([(await show(system, orders.ended)).stage, await runs(orders.ended)]).toEqual(['closed', false]);
  });

  it('goes on to the end with what was done before: nothing is paid, shipped or held twice', async () => {
    for (const order of [orders.held, orders.unknown]) {
      const before = await reaches(system, order, 'labelled');
      await deliverParcels(system, before);
      const after = await reaches(system, order, 'closed');
      expect(after.fulfillments.map(({ trackingNumber }) => trackingNumber)).toEqual(
        before.fulfillments.map(({ trackingNumber }) => trackingNumber),
      );
    }
    const shipped = await system.sql(
      `select count(*)::int as n from stock_movement where reason = 'shipment' and sku = 'MUG'`,
    );
    expect(shipped).toEqual([{ n: 3 }]);
    await expectStockAddsUp(system);
    await expectLabelsPaidOnce(system);
    // By the sweep, unless news from the shop came first.
    const resumed = await system.sql<{ id: string }>(
      `select order_id as id from audit where what = 'resumed'`,
    );
    const open = [orders.held, orders.unknown].map(idOf);
    expect(
      resumed.map(({ id }) => id).filter((id, at, all) => !open.includes(id) || all.indexOf(id) !== at),
    ).toEqual([]);
  });
});
