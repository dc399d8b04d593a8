import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ActivityDeps } from '../../../activities/deps.ts';
import { capture } from '../../../activities/capture.ts';
import { review } from '../../../activities/review.ts';
import { resealSecrets } from '../../../db/reseal.ts';
import { createSecrets } from '../../../db/secrets.ts';
import { searchEverywhere } from '../../support/search-everywhere.ts';
import { invalid, startStocked, type Stocked } from './refused.ts';
import { newOrder } from './samples.ts';

let api: Stocked;
let activities: ActivityDeps;
let orderId: string;

const person = { email: 'Wim.Q@kunde.example', phone: '+49 30 5550177' };
const address = {
  name: 'Wim Quast',
  line1: 'Große Gasse 4',
  city: 'Ort',
  postalCode: 'AB-241 03',
  country: 'DE',
};

beforeAll(async () => {
  api = await startStocked();
  activities = {
    ...api.deps,
    labelSettleMs: 0,
    trackingIntervalSeconds: 0,
    clock: () => new Date('2027-06-01T00:00:00Z'),
  };
  api.engine.onDeliver = async (input) => {
    await capture(activities, { ...input, knownVersion: 0, settleTies: false });
  };
  const order = newOrder(api.store, { shippingAddress: address, customer: person, placedAt: undefined });
  orderId = (await api.send('POST', '/v1/orders', order)).body.id;
  api.engine.delivered.length = 0;
  // Held by its age too: so no verdict is final, and the order may be looked at again and again.
  const policy = { review: { holdOlderThanDays: 1 } };
  await api.send('PATCH', `/v1/stores/${api.store}/policy`, { version: 1, reason: 'x', policy });
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.orm.em.fork().execute('delete from blocked_customer');
});

const block = (given: object, key: keyof Stocked['keys'] = 'admin') =>
  api.send(
    'POST',
    '/v1/blocked-customers',
    { label: 'Chargebacks', reason: 'two of them', ...given },
    { Authorization: `Bearer ${api.keys[key]}` },
  );
const list = async () => (await api.send('GET', '/v1/blocked-customers')).body.items;
const look = async (secrets = api.deps.secrets) => {
  const verdict = await review({ ...activities, secrets }, { orderId, generation: 1, approved: [] });
  return verdict.findings.filter(({ code }) => code === 'customer-blocked');
};
const held = (by: string) => [
  { code: 'customer-blocked', severity: 'hold', message: `The customer is blocked by ${by}.` },
];

describe('blocking', () => {
  const area = { country: 'DE', postalCode: address.postalCode };
  it.each<[string, object, string, string]>([
    ['email, whatever its case', { email: 'wim.q@KUNDE.example' }, 'email', 'email'],
    ['phone, however it is written', { phone: '0049-30/555 0177' }, 'phone', 'phone number'],
    [
      'postal code, however it is written',
      { address: { ...area, postalCode: 'ab24103' } },
      'postal_code',
      'postal code',
    ],
    [
      'beginning of a postal code',
      { address: { ...area, postalCode: 'AB 24*' } },
      'postal_code',
      'postal code',
    ],
    ['address', { address: { ...area, line1: 'grosse gasse, 4'.replace('ss', 'ß') } }, 'address', 'address'],
  ])('by %s holds the order, and says by what', async (_case, given, kind, by) => {
    expect(await look()).toEqual([]);
    const made = await block(given, 'ops');
    expect([made.status, made.body]).toEqual([
      201,
      {
        ...{ id: expect.any(String), kind, label: 'Chargebacks', reason: 'two of them' },
        ...{ blockedBy: 'ops', blockedAt: expect.any(String) },
      },
    ]);
    expect(await list()).toEqual([made.body]);
    expect(await look()).toEqual(held(by));
    expect((await api.send('DELETE', `/v1/blocked-customers/${made.body.id}`)).body).toEqual({});
    expect(await look()).toEqual([]);
    const told = await api.orm.em
      .fork()
      .execute('select actor, what, detail from audit where subject = ? order by seq', [made.body.id]);
    expect(told).toEqual([
      { actor: 'ops', what: 'customer_blocked', detail: kind },
      { actor: 'admin', what: 'customer_unblocked', detail: kind },
    ]);
  });

  it.each<[string, object]>([
    ['another email', { email: 'wim@kunde.example' }],
    ['another phone', { phone: '+49 30 5550178' }],
    ['the same code elsewhere', { address: { ...area, country: 'AT' } }],
    ['another beginning', { address: { ...area, postalCode: 'AB 25*' } }],
    ['only a part of the code', { address: { ...area, postalCode: 'AB 24' } }],
    ['the neighbor', { address: { ...area, line1: 'Große Gasse 6' } }],
  ])('by %s holds nothing', async (_case, given) => {
    expect((await block(given)).status).toBe(201);
    expect(await look()).toEqual([]);
  });

  it('names all by which it holds, once each', async () => {
    await block({ phone: person.phone });
    await block({ address: area });
    await block({ address: { ...area, postalCode: 'AB*' } });
    expect(await look()).toEqual(held('phone number and postal code'));
  });

  it('the same again is the same block and changes nothing, also of many at once', async () => {
    const answers = await Promise.all(
      [1, 2, 3, 4, 5].map((n) => block({ email: person.email, label: `${n}` })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 200, 200, 201]);
    const { body } = answers.find(({ status }) => status === 201)!;
    for (const answer of answers) expect(answer.body).toEqual(body);
    const before = await api.contents();
    expect((await block({ email: person.email })).body).toEqual(body);
    expect(await api.contents()).toEqual(before);
    const removed = await Promise.all(
      [1, 2, 3].map(() => api.send('DELETE', `/v1/blocked-customers/${body.id}`)),
    );
    expect(removed.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 404, 404]);
  });

  it('is told to whom it concerns, when they ask what is held of them', async () => {
    const { body } = await block({ phone: person.phone });
    await block({ email: 'somebody@else.example' });
    const asked = await api.send('POST', '/v1/privacy/exports', { email: person.email, reason: 'asked' });
    const { kind, label, reason, blockedAt } = body;
    expect(asked.body.orders.map(({ blocks }: { blocks: unknown }) => blocks)).toEqual([
      [{ kind, label, reason, blockedAt }],
    ]);
  });

  it('leaves nothing to read of whom it is about', async () => {
    await block({ email: 'readme@secret.example' });
    await block({ address: { country: 'DE', postalCode: '99999', line1: 'Unlesbarweg 1' } });
    expect(await searchEverywhere(api.orm, ['readme', 'unlesbarweg'])).toEqual([]);
  });

  it('goes on when the environment’s key is changed', async () => {
    await block({ email: person.email });
    const [former, next] = [Buffer.alloc(32, 'test'), Buffer.alloc(32, 'next')];
    await resealSecrets(api.orm, createSecrets([next, former]));
    expect(await look(createSecrets([next]))).toEqual(held('email'));
    await resealSecrets(api.orm, createSecrets([former, next]));
  });

  it.each<[string, object, string]>([
    ['nobody', {}, ''],
    ['two at once', { email: person.email, phone: person.phone }, ''],
    ['no email', { email: 'wim' }, 'email'],
    ['no phone number', { phone: 'call me' }, 'phone'],
    ['everybody', { address: { country: 'DE', postalCode: '*' } }, 'address.postalCode'],
    ['a pattern of another kind', { address: { country: 'DE', postalCode: '2*3' } }, 'address.postalCode'],
    ['no postal code', { address: { country: 'DE', postalCode: '--' } }, 'address.postalCode'],
    ['no country', { address: { postalCode: '24103' } }, 'address.country'],
    ['an address of marks', { address: { ...area, line1: '—' } }, 'address.line1'],
    [
      'an address of many codes',
      { address: { ...area, postalCode: '241*', line1: 'Weg' } },
      'address.postalCode',
    ],
    ['a second line alone', { address: { ...area, line2: 'Hof' } }, 'address.line2'],
    ['no label', { email: person.email, label: '' }, 'label'],
    ['no reason', { email: person.email, reason: undefined }, 'reason'],
    ['a name', { name: 'Wim' }, 'name'],
  ])('of %s is refused', (_case, given, field) =>
    api.refused(['POST', '/v1/blocked-customers', { label: 'x', reason: 'x', ...given }], invalid(field)),
  );

  it('that there is none of can not be taken back', () =>
    api.refused(['DELETE', `/v1/blocked-customers/${randomUUID()}`], { status: 404, type: 'not-found' }));
});
