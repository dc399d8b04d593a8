import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { resealSecrets } from '../../../db/reseal.ts';
import { v7 as uuid } from 'uuid';
import { createSecrets, places, SecretUnreadable } from '../../../db/secrets.ts';
import { createWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const [former, next] = [Buffer.alloc(32, 'former'), Buffer.alloc(32, 'next')];

it('seals anew what a former key or nobody sealed, all or none', async () => {
  const [plain, sealed] = [await world.store(), await world.store()];
  const endpoint = uuid();
  const account = await world.carrierAccount('manual');
  await world.query(
    `update store set credentials = '{"token":"t-1"}', webhook_secrets = '["w-1"]' where id = ?`,
    [plain],
  );
  const old = createSecrets([former]);
  await world.query('update store set credentials = ?, webhook_secrets = ? where id = ?', [
    old.seal({ token: 't-2' }, places.storeCredentials(sealed)),
    old.seal(['w-2'], places.storeWebhooks(sealed)),
    sealed,
  ]);
  await world.query(`update carrier_account set credentials = '{}', webhook_secret = '"h-1"' where id = ?`, [
    account,
  ]);

  await world.query(
    `insert into alert_endpoint (id, channel, target, secret, kinds)
     values (?, 'webhook', 'https://pager.example.com', ?, '{low_stock}')`,
    [endpoint, old.seal('whsec_1', places.alertEndpointSecret(endpoint))],
  );

  const before = await world.contents('store', 'carrier_account');
  await expect(resealSecrets(world.orm, createSecrets([next]))).rejects.toThrow(SecretUnreadable);
  expect(await world.contents('store', 'carrier_account')).toEqual(before);

  const both = createSecrets([next, former]);
  expect(await Promise.all([resealSecrets(world.orm, both), resealSecrets(world.orm, both)])).toEqual(
    expect.arrayContaining([7, 0]),
  );

  const only = createSecrets([next]);
  const rows = await world.query<{ id: string; credentials: string; secrets: string }>(
    'select id, credentials, webhook_secrets as secrets from store',
  );
  const opened = rows.map(({ id, credentials, secrets }) => [
    id,
    only.open(credentials, places.storeCredentials(id)),
    only.open(secrets, places.storeWebhooks(id)),
  ]);
  expect(opened).toEqual(
    expect.arrayContaining([
      [plain, { token: 't-1' }, ['w-1']],
      [sealed, { token: 't-2' }, ['w-2']],
    ]),
  );
  const [told] = await world.query<{ secret: string }>('select secret from alert_endpoint');
  expect(only.open(told!.secret, places.alertEndpointSecret(endpoint))).toBe('whsec_1');
  const [carrier] = await world.query<{ credentials: string; secret: string }>(
    'select credentials, webhook_secret as secret from carrier_account',
  );
  expect([
    only.open(carrier!.credentials, places.carrierCredentials(account)),
    only.open(carrier!.secret, places.carrierWebhooks(account)),
  ]).toEqual([{}, 'h-1']);
});
