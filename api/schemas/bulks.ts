import { z } from 'zod';
import { MOST_ORDERS } from '../../db/bulk/select.ts';
import { bulkActions, bulkOutcomes, bulkStates } from '../../db/entities/bulk.ts';
import { reason, text, uuid, wireTime } from './common.ts';
import { condition, stage } from './orders.ts';

const filter = z
  .strictObject({
    store: uuid.optional(),
    stage: stage.optional(),
    condition: condition.optional(),
    q: text(254).optional(),
  })
  .refine((given) => Object.values(given).some((value) => value !== undefined), 'must name something')
  .meta({
    id: 'BulkFilter',
    description: 'As in the list of orders. Ended orders are left out; of a retry, those with nothing parked',
  });

const selection = {
  action: z.enum(bulkActions),
  filter: filter.optional(),
  ids: z
    .array(uuid)
    .min(1, 'must name an order')
    .max(MOST_ORDERS, `must be at most ${MOST_ORDERS}`)
    .optional()
    .meta({ description: 'Of orders, each once' }),
};
const eitherWay = ({ filter: by, ids }: { filter?: unknown; ids?: unknown }) =>
  (by === undefined) !== (ids === undefined);
const otherwise = { message: 'Either filter or ids is required', path: ['filter'] };

export const bulkPreviewRequest = z
  .strictObject(selection)
  .refine(eitherWay, otherwise)
  .meta({ id: 'BulkPreviewRequest' });
export const newBulk = z
  .strictObject({ ...selection, reason })
  .refine(eitherWay, otherwise)
  .meta({ id: 'NewBulk' });
export const turn = z.strictObject({ reason }).meta({ id: 'BulkTurn' });

export const bulkPreview = z
  .strictObject({
    total: z.int(),
    most: z.int().meta({ description: 'In one bulk' }),
    sample: z
      .array(z.strictObject({ id: uuid, number: z.string(), stage }))
      .meta({ description: 'The oldest, at most ten' }),
  })
  .meta({ id: 'BulkPreview' });

export const bulkState = z.enum(bulkStates);
export const outcome = z.enum(bulkOutcomes);
const count = z.int();
export const bulk = z
  .strictObject({
    id: uuid,
    action: z.enum(bulkActions),
    actor: z.string(),
    reason: z.string(),
    state: bulkState.meta({ description: 'A stopped one has ended once `endedAt` is set' }),
    total: count,
    counts: z
      .strictObject({ pending: count, done: count, refused: count, failed: count, stopped: count })
      .meta({ description: '`stopped`: not reached before the stop' }),
    createdAt: wireTime,
    endedAt: wireTime.nullable(),
  })
  .meta({ id: 'Bulk' });

export const bulkResult = z
  .strictObject({
    order: z.strictObject({ id: uuid, number: z.string() }),
    outcome,
    message: z.string().nullable().meta({ description: 'Why not' }),
    at: wireTime.nullable(),
  })
  .meta({ id: 'BulkResult' });
