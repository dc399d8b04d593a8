import { v7 as uuid } from 'uuid';
import type { Money } from '../../domain/money.ts';
import { recordAudit } from '../audit.ts';
import type { Em } from '../database.ts';
import { LotSchema, ReceiptSchema, StockMovementSchema } from '../entities/stock.ts';
import { type PurchaseOrderRow, putDownReceived } from './purchase-orders.ts';
import { giveToQueue, lockQueue } from './queue.ts';

export interface ReceiptLine {
  sku: string;
  quantity: number;
  /** The supplier's batch number. Left out: the receipt is a lot of its own. */
  lot?: string;
  /** YYYY-MM-DD: the last day on which it may be delivered. */
  expiresAt?: string;
  unitCost: Money;
}

/** The lot is there already with another last day. Nothing was changed. */
export class OtherExpiry extends Error {
  override readonly name = 'OtherExpiry';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/**
 * Books goods in and gives them to the orders that wait for them, in one transaction: call it inside one.
 * Products and the warehouse must exist. A lot number seen before in that warehouse adds to that lot, whose cost stays
 * as it was; its units can't be told apart, so they have one last day. Throws `OtherExpiry`.
 */
export async function receiveStock(
  em: Em,
  receipt: {
    warehouse: string;
    actor: string;
    lines: readonly ReceiptLine[];
    /** What it was ordered by: locked, and every SKU is on it. */
    purchaseOrder?: PurchaseOrderRow;
  },
): Promise<{ id: string }> {
  const id = uuid();
  const skus = await lockQueue(
    em,
    receipt.lines.map(({ sku }) => sku),
  );
  const { purchaseOrder } = receipt;
  await em.insert(ReceiptSchema, {
    id,
    warehouse: receipt.warehouse,
    actor: receipt.actor,
    purchaseOrderId: purchaseOrder?.id ?? null,
  });
  if (purchaseOrder) await putDownReceived(em, purchaseOrder, receipt.lines);
  for (const [position, line] of receipt.lines.entries()) {
    const lotId = await lotOf(em, receipt.warehouse, line, { position, ownNumber: `${id}/${position + 1}` });
    await em.insert(StockMovementSchema, {
      id: uuid(),
      warehouse: receipt.warehouse,
      sku: line.sku,
      lotId,
      quantity: line.quantity,
      reason: 'receipt',
      reference: `receipt/${id}/${position + 1}`,
      actor: receipt.actor,
    });
  }
  await recordAudit(em, {
    actor: receipt.actor,
    what: 'stock_received',
    subject: id,
    detail: `${purchaseOrder ? `${purchaseOrder.number}, ` : ''}${receipt.warehouse}: ${receipt.lines.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(', ')}`,
  });
  await giveToQueue(em, skus);
  return { id };
}

async function lotOf(
  em: Em,
  warehouse: string,
  line: ReceiptLine,
  { position, ownNumber }: { position: number; ownNumber: string },
): Promise<string> {
  const number = line.lot ?? ownNumber;
  const known = await em.findOne(
    LotSchema,
    { warehouse, sku: line.sku, number },
    { fields: ['id', 'expiresAt'] },
  );
  if (known && line.expiresAt !== undefined && (known.expiresAt ?? null) !== line.expiresAt)
    throw new OtherExpiry(
      position,
      `is not that of lot ${number} in ${warehouse}: ${known.expiresAt ?? 'it has none'}. Give these units a lot number of their own`,
    );
  if (known) return known.id;
  const id = uuid();
  await em.insert(LotSchema, {
    id,
    warehouse,
    sku: line.sku,
    number,
    expiresAt: line.expiresAt ?? null,
    receivedAt: new Date(),
    unitCost: line.unitCost.minor,
    currency: line.unitCost.currency,
  });
  return id;
}
