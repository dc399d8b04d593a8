import { z } from 'zod';
import { recordAudit } from '../../db/audit.ts';
import type { Em } from '../../db/database.ts';
import { type AttentionRow, listAttention, lockAttention } from '../../db/read/attention.ts';
import { personalStringsIn, scrub } from '../../db/privacy.ts';
import { PROOF_STEP } from '../../db/read/proof.ts';
import { mendStock, NotMendable } from '../../db/stock/mend.ts';
import { cursorOf, pageOf, pageQuery, timePosition, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { notFound, Problem } from '../problem.ts';
import { attentionCase } from '../schemas/attention.ts';
import { idParams, reason, text, uuid } from '../schemas/common.ts';

/** What waits for a person, of orders and of everything else. */
export function attentionRoutes(): Route[] {
  return [list(), resolve(), mend()];
}

const tag = 'Attention';
const position = z.tuple([timePosition, z.uuid()]);

function list(): Route {
  return route('GET /v1/attention', {
    summary: 'What waits for a person, the newest first',
    tag,
    query: z.strictObject({
      open: z
        .enum(['true', 'false'])
        .optional()
        .meta({ description: 'Left out: both those that wait and those that were answered' }),
      reason: text(255).optional(),
      order: uuid.optional(),
      subject: text(400).optional(),
      cursor: cursorOf(position),
      limit: pageQuery.limit,
    }),
    answer: { description: 'One page', schema: pageOf(attentionCase) },
    async handle({ query, em }) {
      const { cursor, limit, ...filter } = query;
      const rows = await listAttention(em, {
        ...filter,
        open: filter.open === undefined ? undefined : filter.open === 'true',
        after: cursor && { openedAt: cursor[0], id: cursor[1] },
        limit,
      });
      const page = { path: '/v1/attention', query: filter, limit };
      return toPage(rows, page, (row) => [row.openedAt, row.id], toWire);
    },
  });
}

const body = z.strictObject({ reason }).meta({ id: 'AttentionAnswer' });
const problems = ['not-found', 'conflict', 'not-possible'] as const;

function resolve(): Route {
  return route('POST /v1/attention/{id}/resolve', {
    summary: 'Say that a case is dealt with that no step of an order waits for',
    description: 'What is wrong still is found anew by whatever found it.',
    tag,
    params: idParams,
    body,
    answer: { description: 'The case', schema: attentionCase },
    problems,
    transaction: true,
    async handle({ params, body: { reason: why }, caller, em }) {
      const found = await lockOpenCase(em, params.id);
      await em.execute(
        `update attention set resolved_at = now(), resolution = 'resolved', resolved_by = ? where id = ?`,
        [caller.name, found.id],
      );
      const personal = found.orderId === null ? [] : await personalStringsIn(em, found.orderId);
      await recordAudit(em, {
        actor: caller.name,
        what: 'attention_resolved',
        subject: found.id,
        detail: `${found.subject ?? found.orderNumber} (${found.reason}): ${scrub(why, personal)}`,
      });
      return { body: toWire((await lockAttention(em, params.id))!) };
    },
  });
}

function mend(): Route {
  return route('POST /v1/attention/{id}/mend', {
    summary: 'Put right what the proof of stock found',
    description:
      'Numbers are counted anew by the database from movements and claims; what is held for nobody is released. ' +
      'Movements themselves are never changed. Refused where only a person can put it right.',
    tag,
    params: idParams,
    body,
    answer: { description: 'The case', schema: attentionCase },
    problems,
    transaction: true,
    async handle({ params, body: { reason: why }, caller, em }) {
      const found = await openCase(em, params.id);
      if (found.step !== PROOF_STEP || found.subject === null)
        throw new Problem('not-possible', 'Only what the proof of stock found can be mended.', {
          possible: found.actions,
        });
      try {
        await mendStock(
          em,
          { subject: found.subject, reason: found.reason },
          { actor: caller.name, reason: why },
        );
      } catch (error) {
        if (!(error instanceof NotMendable)) throw error;
        throw new Problem('not-possible', error.message, { possible: ['resolve'] });
      }
      return { body: toWire((await lockAttention(em, params.id))!) };
    },
  });
}

async function lockOpenCase(em: Em, id: string): Promise<AttentionRow> {
  await openCase(em, id);
  const found = await lockAttention(em, id);
  return stillOpen(found);
}

/** Not locked: what is mended takes the locks of its order and SKU before that of its case. */
async function openCase(em: Em, id: string): Promise<AttentionRow> {
  const [found] = await listAttention(em, { id, limit: 1 });
  return stillOpen(found ?? null);
}

function stillOpen(found: AttentionRow | null): AttentionRow {
  if (!found) throw notFound('such case');
  if (found.orderId !== null && !found.actions.includes('resolve'))
    throw new Problem(
      'not-possible',
      `This is a case of order ${found.orderNumber}: answer it there, by POST /v1/orders/${found.orderId}/${found.actions[0] ?? 'retry'}.`,
      { possible: found.actions },
    );
  if (found.resolvedAt !== null)
    throw new Problem('conflict', `It was answered already, by ${found.resolvedBy}: ${found.resolution}.`);
  return found;
}

const utc = (time: string) => new Date(time).toISOString();

function toWire({ orderId, orderNumber, ...row }: AttentionRow): z.input<typeof attentionCase> {
  return {
    ...row,
    order: orderId === null ? null : { id: orderId, number: orderNumber ?? '' },
    openedAt: utc(row.openedAt),
    resolvedAt: row.resolvedAt === null ? null : utc(row.resolvedAt),
  };
}
