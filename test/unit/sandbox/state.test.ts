import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sandboxClient } from '../../../sandbox/client.ts';
import { openState } from '../../../sandbox/state.ts';
import { berlin, openUps, shipRequest } from './support.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
  path = join(folder, 'state.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('state', () => {
  it('is read back, last word of each row, and compacted', () => {
    const state = openState(path);
    const rows = state.table<{ n: number }>('rows');
    for (let n = 0; n < 5; n += 1) rows.put('a', 'x', { n });
    rows.put('a', 'y', { n: 9 });
    rows.remove('a', 'y');
    expect([state.next('ids'), state.next('ids')]).toEqual([1, 2]);
    state.close();
    const again = openState(path);
    expect(again.table<{ n: number }>('rows').all('a')).toEqual([{ n: 4 }]);
    expect(again.next('ids')).toBe(3);
    again.close();
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(4);
  });

  it('forgets a change that was cut off while it was written, and refuses a damaged file', () => {
    const state = openState(path);
    state.table('rows').put('a', 'x', { n: 1 });
    state.close();
    appendFileSync(path, '["rows","a","x",{"n":');
    const again = openState(path);
    expect(again.table('rows').get('a', 'x')).toEqual({ n: 1 });
    again.close();
    writeFileSync(path, 'nonsense\n');
    expect(() => openState(path)).toThrow('sandbox state: line 1 is damaged');
  });

  it('starts anew on reset, but never gives an id again', () => {
    const state = openState(path);
    state.table('rows').put('a', 'x', { n: 1 });
    state.next('ids');
    state.reset();
    expect(state.table('rows').all('a')).toEqual([]);
    expect(state.next('ids')).toBe(2);
    state.close();
  });
});

describe('the process', () => {
  let child: ChildProcess;
  const start = async () => {
    child = fork(fileURLToPath(new URL('../../../sandbox/main.ts', import.meta.url)), {
      env: { ...process.env, NODE_OPTIONS: '', SANDBOX_PORT: '0', SANDBOX_STATE: path },
    });
    const [message] = (await once(child, 'message')) as [{ ready: boolean; url: string }];
    expect(message.ready).toBe(true);
    return sandboxClient(message.url);
  };
  afterEach(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  it('keeps orders and labels paid for through a kill', async () => {
    const client = await start();
    await client.shopify('demo').create();
    await client.shopify('demo').createProduct({ sku: 'X', price: '5', stock: 3 });
    const order = await client
      .shopify('demo')
      .createOrder({ lines: [{ sku: 'X', quantity: 1 }], shippingAddress: berlin });
    const ups = await openUps(client);
    await client.fault({ operation: 'ups.ship', fault: 'reset-after' });
    await expect(ups.ask('POST', '/api/shipments/v2409/ship', shipRequest())).rejects.toThrow();
    child.kill('SIGKILL');
    await once(child, 'exit');

    const again = await start();
    expect(await again.shopify('demo').order(order.id)).toEqual(order);
    expect((await again.shopify('demo').products())[0]!.levels[0]).toMatchObject({
      available: 2,
      committed: 1,
    });
    expect((await again.ups('main').labels()).map(({ references, voided }) => [references, voided])).toEqual([
      [['parcel-1'], false],
    ]);
    const next = await again
      .shopify('demo')
      .createOrder({ lines: [{ sku: 'X', quantity: 1 }], shippingAddress: berlin });
    expect([next.name, next.id > order.id]).toEqual(['#1002', true]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends cleanly on %s', async (signal) => {
    await start();
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('ends when its parent lets go of it', async () => {
    await start();
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
