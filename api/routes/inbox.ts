import { z } from 'zod';
import { listInbox } from '../../db/read/inbox.ts';
import { cursorOf, pageOf, pageQuery, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { uuid, wireTime } from '../schemas/common.ts';

const state = z.enum(['received', 'delivered', 'applied', 'refused']);

const event = z
  .strictObject({
    seq: z.int(),
    source: z.string(),
    store: uuid.nullable(),
    topic: z.string(),
    orderExternalId: z.string().nullable(),
    state,
    reason: z.string().nullable(),
    receivedAt: wireTime,
    attempts: z.int(),
  })
  .meta({ id: 'InboxEvent' });

export function inboxRoutes(): Route[] {
  return [
    route('GET /v1/inbox', {
      summary: 'Events from outside: what was refused and why, and what still waits',
      description: 'Without their bodies.',
      tag: 'Inbox',
      query: z.strictObject({
        state: state.optional(),
        store: uuid.optional(),
        cursor: cursorOf(z.int().positive()),
        limit: pageQuery.limit,
      }),
      answer: { description: 'The newest first', schema: pageOf(event) },
      async handle({ query, em }) {
        const { cursor, limit, ...filter } = query;
        const rows = await listInbox(em, { ...filter, before: cursor, limit });
        const page = { path: '/v1/inbox', query: filter, limit };
        return toPage(
          rows,
          page,
          ({ seq }) => seq,
          (row) => ({ ...row, receivedAt: new Date(row.receivedAt).toISOString() }),
        );
      },
    }),
  ];
}
