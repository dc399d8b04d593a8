import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { abandonRun, beginRun, finishRun, type Slot } from '../../../api/http/idempotency.ts';
import { forgetOldAnswers } from '../../../api/sweep.ts';
import { product, receipt, warehouse } from './samples.ts';
import { startApi, type TestApi } from './test-api.ts';

describe('Idempotency-Key', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi();
    await api.send('POST', '/v1/warehouses', warehouse);
    await api.send('POST', '/v1/products', product);
  });
  afterAll(() => api.close());
  const receive = (key: string, change: object = {}, role: 'admin' | 'warehouse' = 'admin') =>
    api.send(
      'POST',
      '/v1/receipts',
      { ...receipt, ...change },
      {
        'Idempotency-Key': key,
        Authorization: `Bearer ${api.keys[role]}`,
      },
    );
  const onHand = async () => (await api.send('GET', '/v1/stock/TEA-100')).body.onHand as number;

  it('the same key and body give the same answer, and act once', async () => {
    const before = await onHand();
    const [first, again] = [await receive('r1'), await receive('r1')];
    expect([first.headers['idempotent-replayed'], again.headers['idempotent-replayed']]).toEqual([
      undefined,
      'true',
    ]);
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(await onHand()).toBe(before + 40);
  });

  it('of twenty at the same moment one acts; the others repeat it or say that it runs', async () => {
    const before = await onHand();
    const answers = await Promise.all(Array.from({ length: 20 }, () => receive('race')));
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].every((status) => status === 201 || status === 409)).toBe(true);
    const ids = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id));
    expect([ids.size, await onHand()]).toEqual([1, before + 40]);
  });

  it('another body is refused, and changes nothing', async () => {
    await receive('r2');
    const before = await api.contents();
    const answer = await receive('r2', { lines: [{ ...receipt.lines[0], quantity: 1 }] });
    expect([answer.status, answer.body.type]).toEqual([422, '/problems/idempotency-mismatch']);
    expect(await api.contents()).toEqual(before);
  });

  it('means something else to another caller and on another path', async () => {
    const [mine, theirs] = [await receive('r3'), await receive('r3', {}, 'warehouse')];
    expect(mine.body.id).not.toBe(theirs.body.id);
    const elsewhere = await api.send(
      'POST',
      '/v1/products',
      { ...product, sku: 'R3' },
      { 'Idempotency-Key': 'r3' },
    );
    expect(elsewhere.status).toBe(201);
  });

  it('repeats a refusal too', async () => {
    const headers = { 'Idempotency-Key': 'refused' };
    const [first, again] = [
      await api.send('POST', '/v1/products', product, headers),
      await api.send('POST', '/v1/products', product, headers),
    ];
    expect([first.status, again.status, again.headers['idempotent-replayed']]).toEqual([409, 409, 'true']);
    expect(first.body).toMatchObject({
      type: '/problems/conflict',
      requestId: first.headers['x-request-id'],
    });
    expect(again.body).toEqual(first.body);
    expect(again.headers['content-type']).toMatch('application/problem+json');
  });

  it('keeps no invalid request: the corrected one may use its key', async () => {
    expect((await receive('r4', { warehouse: '' })).status).toBe(400);
    expect((await receive('r4')).status).toBe(201);
  });

  it('a run that crashed is taken over after a minute, and its late end writes nothing', async () => {
    const em = () => api.orm.em.fork();
    const run = { key: 'crash', body: { a: 1 }, sealWith: null };
    const { slot: crashed } = (await beginRun(em(), run)) as { slot: Slot };
    await expect(beginRun(em(), run)).rejects.toMatchObject({ kind: 'idempotency-running' });
    await em().execute(
      `update idempotency set started_at = now() - interval '61 seconds' where key = 'crash'`,
    );
    const [{ before }] = await em().execute<[{ before: string }]>(
      `select started_at::text as before from idempotency where key = 'crash'`,
    );
    const { slot } = (await beginRun(em(), run)) as { slot: Slot };
    expect(slot.startedAt > before).toBe(true);
    await expect(finishRun(em(), crashed, { status: 200, body: 'late' })).rejects.toMatchObject({
      kind: 'idempotency-running',
    });
    await abandonRun(em(), crashed);
    await finishRun(em(), slot, { status: 200, body: 'in time' });
    expect(await beginRun(em(), run)).toEqual({ replay: { status: 200, body: 'in time' } });
  });

  it('keeps no failure of ours: the same key works once we do', async () => {
    await api.orm.em.fork().execute(`alter table warehouse rename to warehouse_away`);
    const failed = await receive('r5');
    await api.orm.em.fork().execute(`alter table warehouse_away rename to warehouse`);
    const worked = await receive('r5');
    expect([failed.status, failed.body.type, worked.status]).toEqual([500, '/problems/internal', 201]);
  });

  it('answers are forgotten after two days', async () => {
    await receive('old');
    const count = async () => (await api.orm.em.fork().execute('select 1 from idempotency')).length;
    await forgetOldAnswers(api.orm);
    expect(await count()).toBeGreaterThan(0);
    await api.orm.em.fork().execute(`update idempotency set started_at = now() - interval '49 hours'`);
    await forgetOldAnswers(api.orm);
    expect(await count()).toBe(0);
  });
});
