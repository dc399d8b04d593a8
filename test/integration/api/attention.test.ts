import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { invalid, startStocked, type Stocked } from './refused.ts';

let api: Stocked;
beforeAll(async () => {
  api = await startStocked();
});
afterAll(() => api.close());

const behind = (sql: string) =>
  api.orm.em.fork().execute(`do $$ begin set local session_replication_role = replica; ${sql}; end $$`);
const drift = () => behind(`update stock_level set claimed = 1`);
const audits = () =>
  api.orm.em.fork().execute(`select actor, what, subject, detail from audit order by seq desc limit 1`);
const prove = async () => (await api.send('POST', '/v1/stock-proofs', { reason: 'a look' })).body;

describe('what waits for a person', () => {
  it('is found by the proof, listed, and mended', async () => {
    expect(await prove()).toMatchObject({ differences: [], checked: { levels: 1 } });
    await drift();
    const { differences } = await prove();
    expect(differences).toEqual([
      expect.objectContaining({
        reason: 'claimed_differs',
        table: 'stock_level',
        says: '1',
        should: '0',
        attentionId: expect.any(String),
      }),
    ]);
    const { attentionId: id, sentence, table, key } = differences[0];
    const { body: list } = await api.send('GET', '/v1/attention?open=true');
    expect(list.items).toEqual([
      {
        id,
        order: null,
        fulfillmentId: null,
        subject: `${table}/${key}`,
        step: 'stock_proof',
        reason: 'claimed_differs',
        sentence,
        lastError: null,
        actions: ['mend', 'resolve'],
        openedAt: expect.any(String),
        resolvedAt: null,
        resolution: null,
        resolvedBy: null,
      },
    ]);
    const mended = await api.send('POST', `/v1/attention/${id}/mend`, { reason: 'restored' });
    expect([mended.status, mended.body.resolution]).toEqual([200, 'mended']);
    expect((await prove()).differences).toEqual([]);
    const again = { status: 409, type: 'conflict', says: 'answered already' };
    await api.refused(['POST', `/v1/attention/${id}/mend`, { reason: 'x' }], again);
    await api.refused(['POST', `/v1/attention/${id}/resolve`, { reason: 'x' }], again);
  });

  it('can be resolved without mending, and is found anew', async () => {
    await drift();
    const [{ attentionId: id }] = (await prove()).differences;
    const key = { 'Idempotency-Key': randomUUID() };
    const path = `/v1/attention/${id}/resolve`;
    for (let round = 0; round < 2; round++) {
      const answer = await api.send('POST', path, { reason: 'counted' }, key);
      expect([answer.status, answer.body.resolution]).toEqual([200, 'resolved']);
    }
    expect(await audits()).toEqual([
      expect.objectContaining({
        what: 'attention_resolved',
        subject: id,
        detail: expect.stringContaining('counted'),
      }),
    ]);
    const [{ attentionId: next }] = (await prove()).differences;
    expect(next).not.toBe(id);
    const pages = [
      await api.send('GET', '/v1/attention?limit=1'),
      await api.send('GET', `/v1/attention?reason=claimed_differs&open=false`),
    ];
    expect(pages.map(({ body }) => [body.items.length, body.nextCursor === null])).toEqual([
      [1, false],
      [2, true],
    ]);
  });

  it.each([
    ['POST', `/v1/attention/${randomUUID()}/resolve`, { reason: 'x' }, { status: 404, type: 'not-found' }],
    ['POST', `/v1/attention/${randomUUID()}/mend`, { reason: 'x' }, { status: 404, type: 'not-found' }],
    ['POST', '/v1/attention/1/mend', { reason: 'x' }, { status: 404, type: 'not-found' }],
    ['POST', '/v1/stock-proofs', { reason: '' }, invalid('reason')],
    ['GET', '/v1/attention?open=yes', undefined, invalid('open')],
    ['GET', '/v1/attention?order=1', undefined, invalid('order')],
    ['GET', '/v1/attention?cursor=x', undefined, invalid('cursor')],
  ])('%s %s is refused', (method, path, body, expected) => api.refused([method, path, body], expected));
});
