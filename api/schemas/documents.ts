import { z } from 'zod';
import { countStates, purchaseOrderStates, transferStates } from '../../db/entities/inventory.ts';
import {
  currency,
  day,
  integer,
  moneyInput,
  quantity,
  reason,
  sku,
  text,
  uuid,
  warehouseCode,
  wireMoney,
  wireTime,
} from './common.ts';
import { lotNumber, lostStock } from './movements.ts';

const MOST_LINES = 1_000;
const lines = <T extends z.ZodType>(line: T) =>
  z
    .array(line)
    .min(1, 'must have at least one line')
    .max(MOST_LINES, `must have at most ${MOST_LINES} lines`);
const note = text(500).nullable().default(null);
const expectedAt = day.nullable().default(null).meta({ description: 'When it is expected' });

const purchaseLines = lines(z.strictObject({ sku, quantity, unitCost: moneyInput }));
export const newPurchaseOrder = z
  .strictObject({
    supplier: text(255),
    warehouse: warehouseCode,
    currency,
    expectedAt,
    note,
    lines: purchaseLines,
  })
  .meta({ id: 'NewPurchaseOrder' });
export const purchaseOrderChange = z
  .strictObject({ expectedAt, note, lines: purchaseLines })
  .meta({ id: 'PurchaseOrderChange', description: 'Replaces what the draft has' });

const purchaseOrderFields = {
  id: uuid,
  number: z.string().meta({ example: 'PO-12' }),
  supplier: z.string(),
  warehouse: z.string(),
  state: z.enum(purchaseOrderStates),
  currency,
  expectedAt: z.iso.date().nullable(),
  note: z.string().nullable(),
  createdBy: z.string(),
  createdAt: wireTime,
  orderedAt: wireTime.nullable(),
  closedAt: wireTime.nullable(),
};
export const purchaseOrderSummary = z.strictObject(purchaseOrderFields).meta({ id: 'PurchaseOrderSummary' });
export const purchaseOrder = z
  .strictObject({
    ...purchaseOrderFields,
    lines: z.array(
      z.strictObject({
        sku: z.string(),
        quantity: z.int(),
        received: z.int().meta({ description: 'May be more than was ordered' }),
        unitCost: wireMoney,
      }),
    ),
  })
  .meta({ id: 'PurchaseOrder' });

export const newTransfer = z
  .strictObject({
    from: warehouseCode,
    to: warehouseCode,
    expectedAt,
    note,
    lines: lines(
      z.strictObject({
        sku,
        quantity,
        lot: lotNumber
          .optional()
          .meta({ description: 'Left out: chosen when it is sent, first expired first' }),
      }),
    ),
  })
  .meta({ id: 'NewTransfer' });
export const transferArrival = z
  .strictObject({ lines: lines(z.strictObject({ position: integer(1, MOST_LINES), quantity })) })
  .meta({ id: 'TransferArrival' });

const transferFields = {
  id: uuid,
  number: z.string().meta({ example: 'TR-3' }),
  from: z.string(),
  to: z.string(),
  state: z.enum(transferStates),
  expectedAt: z.iso.date().nullable(),
  note: z.string().nullable(),
  createdBy: z.string(),
  createdAt: wireTime,
  sentAt: wireTime.nullable(),
  closedAt: wireTime.nullable(),
};
export const transferSummary = z.strictObject(transferFields).meta({ id: 'TransferSummary' });
export const transfer = z
  .strictObject({
    ...transferFields,
    lines: z.array(
      z.strictObject({
        position: z.int(),
        sku: z.string(),
        lot: z.string().nullable(),
        quantity: z.int(),
        received: z.int(),
        lost: z.int(),
        inTransit: z.int(),
      }),
    ),
  })
  .meta({ id: 'Transfer' });

const lostByOrders = { lostByOrders: lostStock };
export const transferMoved = transfer.extend(lostByOrders).meta({ id: 'TransferMoved' });

export const newCount = z
  .strictObject({
    warehouse: warehouseCode,
    skus: z.array(sku).min(1).max(MOST_LINES).optional().meta({ description: 'Left out: everything there' }),
    note,
  })
  .meta({ id: 'NewCount' });
export const countedLines = z
  .strictObject({
    lines: lines(z.strictObject({ sku, lot: lotNumber, counted: integer(0, 100_000_000) })),
  })
  .meta({ id: 'CountedLines' });
export const countAgain = z
  .strictObject({
    reason,
    positions: z.array(integer(1)).min(1).max(MOST_LINES).optional().meta({ description: 'Left out: all' }),
  })
  .meta({ id: 'CountAgain' });

const hidden = 'null while it is counted: who counts is not told';
const countFields = {
  id: uuid,
  warehouse: z.string(),
  state: z.enum(countStates),
  note: z.string().nullable(),
  openedBy: z.string(),
  openedAt: wireTime,
  closedBy: z.string().nullable(),
  closedAt: wireTime.nullable(),
};
export const countSummary = z.strictObject(countFields).meta({ id: 'CountSummary' });
export const count = z
  .strictObject({
    ...countFields,
    lines: z.array(
      z.strictObject({
        position: z.int(),
        sku: z.string(),
        lot: z.string(),
        counted: z.int().nullable(),
        countedBy: z.string().nullable(),
        expected: z.int().nullable().meta({ description: hidden }),
        variance: z.int().nullable().meta({ description: hidden }),
        varianceValue: wireMoney.nullable().meta({ description: "At the lot's cost, signed" }),
      }),
    ),
  })
  .meta({ id: 'Count' });
export const countApproved = count.extend(lostByOrders).meta({ id: 'CountApproved' });
export const because = z.strictObject({ reason }).meta({ id: 'Because' });
