import { describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { createLog, describeError } from '../../../api/http/log.ts';
import { createApi } from '../../../api/server.ts';
import { startedNowhere } from './nowhere.ts';

describe('what is logged of a request', () => {
  async function logged(path: string, headers: Record<string, string>) {
    const lines: string[] = [];
    const log = createLog('trace', { write: (line: string) => void lines.push(line) });
    const app = createApi(startedNowhere({ log }));
    const answer = await supertest(app).post(path).set(headers).send({ email: 'mina@example.com' });
    return { answer, lines: lines.map((line) => JSON.parse(line)) };
  }

  it('is method, path, status and id; no query, no headers, no body', async () => {
    const { answer, lines } = await logged('/v1/nothing?q=mina@example.com', {
      Authorization: 'Bearer sesame',
      'X-Request-Id': 'r-1',
    });
    expect([answer.status, answer.headers['x-request-id'], answer.body.requestId]).toEqual([
      404,
      'r-1',
      'r-1',
    ]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      requestId: 'r-1',
      req: { id: 'r-1', method: 'POST', path: '/v1/nothing' },
      res: { status: 404 },
    });
    expect(JSON.stringify(lines)).not.toMatch(/mina|sesame/);
  });

  it('has an id of ours where the given one could break a log', async () => {
    const { answer } = await logged('/v1/nothing', { 'X-Request-Id': 'a b{' });
    expect(answer.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
  });

  it('of a failure is the error without values of a statement', async () => {
    const error = Object.assign(new Error("insert into x values ('mina@example.com')"), {
      sqlState: '23514',
      code: '23514',
    });
    expect(JSON.stringify(describeError(error))).not.toContain('mina');
    expect(describeError(error)).toMatchObject({ code: '23514' });
    const { answer, lines } = await logged('/v1/products', { Authorization: 'Bearer sesame' });
    expect([answer.status, answer.body.type]).toEqual([500, '/problems/internal']);
    expect(answer.body.detail).not.toMatch(/database|here is no/);
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 50,
        err: expect.objectContaining({ message: 'There is no database here' }),
      }),
    );
  });
});
