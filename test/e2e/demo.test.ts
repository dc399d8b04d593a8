import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { apiClient } from '../../scripts/api-client.ts';
import { connectSandboxCarriers, runDemo } from '../../scripts/demo.ts';
import { startSystem, type System } from '../support/system.ts';

const adminKey = 'key-of-the-demo-in-this-test';

/** What `npm start` shows. */
describe('the demo', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ ORDERLOOM_ADMIN_KEY: adminKey });
  }, 120_000);
  afterAll(() => system?.stop());

  const at = () => ({ apiUrl: system.api.url, sandboxUrl: system.sandbox.url, adminKey });

  /** Runs it until it says that all is done; then it is stopped, as by Ctrl-C. */
  async function play(): Promise<string> {
    const stopping = new AbortController();
    let said = '';
    const log = (text: string) => {
      said += `${text}\n`;
      if (text.startsWith('demo: ')) stopping.abort();
    };
    await runDemo({ ...at(), log, width: 200, signal: stopping.signal }).catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
    return said;
  }

  const orders = () =>
    system.sql<{ stage: string; conditions: string[]; count: number }>(
      `select stage, conditions, count(*)::int as count from orders group by 1, 2 order by 1, 2`,
    );
  const counts = () =>
    system.sql(
      `select (select count(*)::int from store) as stores, (select count(*)::int from carrier_account) as carriers,
              (select count(*)::int from product) as products, (select count(*)::int from receipt) as receipts,
              (select count(*)::int from label_purchase) as labels`,
    );
  const standing = [
    { stage: 'allocated', conditions: ['needs_attention'], count: 1 },
    { stage: 'cancelled', conditions: [], count: 1 },
    { stage: 'closed', conditions: [], count: 5 },
    { stage: 'labelled', conditions: [], count: 2 },
    { stage: 'received', conditions: ['awaiting_payment'], count: 1 },
    { stage: 'received', conditions: ['held'], count: 1 },
    { stage: 'shipped', conditions: [], count: 3 },
  ];
  const once = [{ stores: 3, carriers: 2, products: 5, receipts: 4, labels: 12 }];

  it('brings every order where it should be', async () => {
    await connectSandboxCarriers(at());
    expect(await play()).toContain('demo: all 14 orders are where they should be');
    expect(await orders()).toEqual(standing);
    expect(await counts()).toEqual(once);
    const deliveries = await system.sandbox.deliveries({ account: 'harbor' });
    expect(
      deliveries
        .filter(({ duplicate }) => duplicate)
        .map(({ topic }) => topic)
        .sort(),
    ).toEqual(['orders/create', 'orders/paid']);
  });

  it('finds all of it there the second time', async () => {
    await connectSandboxCarriers(at());
    expect(await play()).toContain('demo: all 14 orders are where they should be');
    expect(await orders()).toEqual(standing);
    expect(await counts()).toEqual(once);
  });

  it('leaves alone what a person did, here or in the shop', async () => {
    const api = apiClient(system.api.url, adminKey);
    const [held] = await system.sql<{ id: string }>(`select id from orders where 'held' = any(conditions)`);
    await api.post(`/v1/orders/${held!.id}/approve`, { reason: 'Called the customer' });
    const shop = system.sandbox.shopify('harbor');
    const wrong = (await shop.orders()).find(({ email }) => email === 'casey.wrongzip@example.com')!;
    const { firstName, lastName, address1, city } = wrong.shippingAddress!;
    const where = {
      firstName,
      lastName,
      address1,
      city,
      provinceCode: 'MA',
      zip: '02108',
      countryCode: 'US',
    };
    await shop.edit(wrong.id, { shippingAddress: { ...where, phone: '+1 617 555 0163' } });
    await system.until('both have their label', async () => {
      const labelled = await system.sql(
        `select 1 from orders where stage = 'labelled' and conditions = '{}'`,
      );
      return labelled.length === 4;
    });
    expect(await play()).toContain('demo: all 14 orders are where they should be');
  });

  it.each(['connect', 'stock', 'support'])('answers every command of the guide docs/%s.md', async (name) => {
    const { code, said } = await follow(name, at());
    expect({ code, said: code === 0 ? '' : said }).toEqual({ code: 0, said: '' });
  });
});

/**
 * Types what a guide says into a shell, on this system: the addresses of other parties are the sandbox's, since nothing
 * else may be called from here.
 */
async function follow(
  name: string,
  { apiUrl, sandboxUrl, adminKey: key }: { apiUrl: string; sandboxUrl: string; adminKey: string },
): Promise<{ code: number | null; said: string }> {
  const guide = readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8');
  const blocks = [...guide.matchAll(/^ *```sh\n([^]*?)^ *```$/gm)].map(([, block]) => block!);
  if (blocks.length === 0) throw new Error(`docs/${name}.md has no commands`);
  const script = blocks
    .join('\n')
    .replaceAll('http://localhost:3000', apiUrl)
    .replaceAll('<the admin key>', key)
    .replaceAll('…', 'WhatIsSecretThere')
    .replaceAll(/https:\/\/[^" ]+/g, `${sandboxUrl}/nobody`);
  const shell = spawn('bash', ['-euo', 'pipefail'], { env: { ...process.env, API: apiUrl, KEY: key } });
  let said = '';
  for (const stream of [shell.stdout, shell.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  shell.stdin.end(`curl() { command curl --fail-with-body -sS "$@"; }\nset -x\n${script}`);
  const [code] = (await once(shell, 'close')) as [number | null];
  return { code, said };
}
