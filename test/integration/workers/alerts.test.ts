import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { places } from '../../../db/secrets.ts';
import { DELIVERY_ATTEMPTS } from '../../../domain/alerts.ts';
import { deliverAlerts } from '../../../workers/loops/alerts.ts';
import {
  type Mailbox,
  startMailbox,
  startReceiver,
  type WebhookReceiver,
} from '../../support/alert-receivers.ts';
import { createWorld, type World } from '../db/world.ts';

let world: World;
let receiver: WebhookReceiver;
let mailbox: Mailbox;
beforeAll(async () => {
  world = await createWorld();
  receiver = await startReceiver();
  mailbox = await startMailbox();
});
afterAll(async () => {
  await Promise.all([world.close(), receiver.close(), mailbox.close()]);
});
beforeEach(() => world.clear());
afterEach(() => {
  receiver.heard.length = 0;
  receiver.answers.length = 0;
  mailbox.messages.length = 0;
  mailbox.refuse = false;
});

const secret = `whsec_${Buffer.alloc(24, 'alert').toString('base64')}`;
const deps = () => ({ ...world.deps, clock: () => new Date() });
const mail = () => ({ smtpUrl: mailbox.url, from: 'alerts@loom.example.com' });
const deliver = (settings = mail()) => deliverAlerts(deps(), settings);

async function endpoint(channel: 'email' | 'webhook', target: string): Promise<string> {
  const id = randomUUID();
  const sealed =
    channel === 'webhook' ? world.deps.secrets.seal(secret, places.alertEndpointSecret(id)) : null;
  await world.query(
    `insert into alert_endpoint (id, channel, target, secret, kinds) values (?, ?, ?, ?, '{low_stock}')`,
    [id, channel, target, sealed],
  );
  return id;
}

const facts = { daysOfCover: 3.5, suggestedQuantity: 40 };
async function alertTo(...endpoints: string[]): Promise<{ alert: string; deliveries: string[] }> {
  const alert = randomUUID();
  await world.query(
    `insert into alert (id, kind, subject, warehouse, sku, facts, opened_at)
     values (?, 'low_stock', ?, 'B', 'MUG', ?, '2026-11-27T10:00:00Z')`,
    [alert, alert, JSON.stringify(facts)],
  );
  const deliveries = endpoints.map(() => randomUUID());
  for (const [index, id] of deliveries.entries())
    await world.query('insert into alert_delivery (id, alert_id, endpoint_id) values (?, ?, ?)', [
      ...[id, alert, endpoints[index]],
    ]);
  return { alert, deliveries };
}
const states = () =>
  world.query(
    `select state, attempts, last_error as error from alert_delivery d join alert_endpoint e on e.id = d.endpoint_id
     order by e.target, d.id`,
  );
const due = () => world.query('update alert_delivery set due_at = now()');

describe('a webhook', () => {
  it('is signed after Standard Webhooks, and says the same thing in each attempt until it is taken', async () => {
    const id = await endpoint('webhook', `${receiver.url}/hook/?team=ops`);
    const { alert, deliveries } = await alertTo(id);
    receiver.answers.push(500, 302);
    await deliver();
    expect(await states()).toEqual([{ state: 'due', attempts: 1, error: 'http-500' }]);
    const [wait] = await world.query(
      `select round(extract(epoch from due_at - now()))::int between 1 and 5 as soon from alert_delivery`,
    );
    expect(wait).toEqual({ soon: true });
    await deliver();
    expect(receiver.heard).toHaveLength(1);
    for (let attempt = 0; attempt < 2; attempt++) {
      await due();
      await deliver();
    }
    expect(await states()).toEqual([{ state: 'delivered', attempts: 3, error: null }]);
    await due();
    await deliver();
    expect(receiver.heard).toHaveLength(3);
    for (const { path, headers, body } of receiver.heard) {
      expect([path, headers['webhook-id']]).toEqual(['/hook/?team=ops', deliveries[0]]);
      const openedAt = '2026-11-27T10:00:00.000Z';
      expect(new Webhook(secret).verify(body, headers)).toEqual({
        ...{ type: 'alert.opened', timestamp: openedAt },
        data: { id: alert, kind: 'low_stock', warehouse: 'B', sku: 'MUG', openedAt, facts },
      });
      const other = new Webhook(`whsec_${Buffer.alloc(24, 'other').toString('base64')}`);
      expect(() => other.verify(body, headers)).toThrow('No matching signature');
    }
  });

  it('that is never taken is given up after its attempts, which grow apart', async () => {
    await alertTo(await endpoint('webhook', receiver.url));
    const waits: unknown[] = [];
    for (let attempt = 0; attempt < DELIVERY_ATTEMPTS; attempt++) {
      receiver.answers.push(410);
      await due();
      await deliver();
      const [row] = await world.query<{ seconds: number }>(
        'select round(extract(epoch from due_at - now()) / 5)::int * 5 as seconds from alert_delivery',
      );
      waits.push(row!.seconds);
    }
    expect(waits).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 0]);
    expect(await states()).toEqual([{ state: 'given_up', attempts: DELIVERY_ATTEMPTS, error: 'http-410' }]);
    await due();
    await deliver();
    expect(receiver.heard).toHaveLength(DELIVERY_ATTEMPTS);
  });

  it('is sent by one process at a time', async () => {
    const id = await endpoint('webhook', receiver.url);
    for (let number = 0; number < 5; number++) await alertTo(id);
    await Promise.all(Array.from({ length: 6 }, () => deliver()));
    expect(receiver.heard).toHaveLength(5);
    expect((await states()).every(({ state }) => state === 'delivered')).toBe(true);
  });

  it('goes nowhere once its endpoint is removed', async () => {
    const id = await endpoint('webhook', receiver.url);
    await alertTo(id);
    await world.query('update alert_endpoint set deleted_at = now(), secret = null');
    await deliver();
    expect([receiver.heard, await states()]).toEqual([
      [],
      [{ state: 'given_up', attempts: 1, error: 'endpoint-removed' }],
    ]);
  });

  it('is sent again where its process was killed before it wrote that it was sent', async () => {
    const { deliveries } = await alertTo(await endpoint('webhook', receiver.url));
    const child = spawn(process.execPath, ['test/support/alert-sender.ts'], {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        TEST_DATABASE: world.url,
        TEST_SECRETS_KEY: Buffer.alloc(32, 'test').toString('base64'),
      },
    });
    const ended = once(child, 'exit');
    receiver.meanwhile = async () => {
      child.kill('SIGKILL');
      await ended;
    };
    expect(await ended).toEqual([null, 'SIGKILL']);
    receiver.meanwhile = async () => {};
    expect(await states()).toEqual([{ state: 'due', attempts: 1, error: null }]);
    // Not while it could still be on its way.
    await deliver();
    expect(receiver.heard).toHaveLength(1);
    await due();
    await deliver();
    expect(await states()).toEqual([{ state: 'delivered', attempts: 2, error: null }]);
    const ids = receiver.heard.map(({ headers }) => headers['webhook-id']);
    expect(ids).toEqual([deliveries[0], deliveries[0]]);
  });
});

describe('an email', () => {
  it('tells people what runs low and what is to be bought', async () => {
    const { deliveries } = await alertTo(await endpoint('email', 'ops@example.com'));
    await deliver();
    expect(await states()).toEqual([{ state: 'delivered', attempts: 1, error: null }]);
    const [message, ...others] = mailbox.messages;
    expect(others).toEqual([]);
    expect([message!.from, message!.to]).toEqual(['alerts@loom.example.com', 'ops@example.com']);
    for (const part of [
      'Subject: MUG runs low in B',
      `Message-ID: <${deliveries[0]}@loom.example.com>`,
      'Days of cover: 3.5',
      'Suggested quantity: 40',
    ])
      expect(message!.text).toContain(part);
  });

  it('that is refused is tried again, and what the server said of whom is not kept', async () => {
    await alertTo(await endpoint('email', 'ops@example.com'));
    mailbox.refuse = true;
    await deliver();
    expect(await states()).toEqual([{ state: 'due', attempts: 1, error: 'smtp-452' }]);
    mailbox.refuse = false;
    await due();
    await deliver();
    expect(await states()).toEqual([{ state: 'delivered', attempts: 2, error: null }]);
    expect(mailbox.messages).toHaveLength(1);
  });

  it('waits where no server is configured', async () => {
    await alertTo(await endpoint('email', 'ops@example.com'));
    await deliverAlerts(deps(), null);
    expect(await states()).toEqual([{ state: 'due', attempts: 1, error: 'smtp-not-configured' }]);
  });
});

it('an endpoint that fails holds up no other', async () => {
  const nobody = await startReceiver();
  await nobody.close();
  await alertTo(
    await endpoint('webhook', `${nobody.url}/a`),
    await endpoint('webhook', `${receiver.url}/b`),
    await endpoint('email', 'c@example.com'),
  );
  // Sealed for another place: a defect of ours, of which the loop is told.
  const moved = await endpoint('webhook', 'https://example.com/d');
  await world.query('update alert_endpoint set secret = ? where id = ?', [
    ...[world.deps.secrets.seal(secret, 'elsewhere'), moved],
  ]);
  await alertTo(moved);
  await expect(deliver()).rejects.toThrow("can't be opened");
  const byTarget = await world.query(
    `select e.target, d.state, d.last_error as error from alert_delivery d join alert_endpoint e
     on e.id = d.endpoint_id order by right(e.target, 1), e.target`,
  );
  expect(byTarget).toEqual([
    { target: `${nobody.url}/a`, state: 'due', error: 'connection-refused' },
    { target: `${receiver.url}/b`, state: 'delivered', error: null },
    { target: 'https://example.com/d', state: 'due', error: 'SecretUnreadable' },
    { target: 'c@example.com', state: 'delivered', error: null },
  ]);
});
