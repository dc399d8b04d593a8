import type { Em } from '../database.ts';
import { scrub } from '../privacy.ts';
import type { Erasing } from './erasing.ts';

/** Texts about an order, in which people and parties may have named its customer: only the names go. */
interface Place {
  table: string;
  key: string;
  columns: readonly string[];
  /** Of the order; its values. */
  where: string;
  values: (erasing: Erasing) => unknown[];
}

const ofOrder = { where: 'order_id = ?', values: ({ orderId }: Erasing) => [orderId] };

const ofItsBulks = '(select bulk_id from bulk_order where order_id = ?)';

const places: readonly Place[] = [
  { table: 'audit', key: 'seq', columns: ['detail'], ...ofOrder },
  { table: 'attention', key: 'id', columns: ['sentence', 'last_error', 'resolution'], ...ofOrder },
  { table: 'order_change', key: 'id', columns: ['reason'], ...ofOrder },
  { table: 'orders', key: 'id', columns: ['waiting_for'], ...ofOrder, where: 'id = ?' },
  {
    table: 'bulk',
    key: 'id',
    columns: ['reason'],
    where: `id in ${ofItsBulks}`,
    values: ({ orderId }) => [orderId],
  },
  {
    table: 'audit',
    key: 'seq',
    columns: ['detail'],
    where: `order_id is null and subject in (select 'bulk/' || bulk_id from bulk_order where order_id = ?)`,
    values: ({ orderId }) => [orderId],
  },
  {
    table: 'inbox',
    key: 'seq',
    columns: ['reason'],
    where: 'source = ? and order_external_id = ?',
    values: ({ storeId, externalId }) => [`store/${storeId}`, externalId],
  },
  {
    // The block stays, as it names nobody; what staff wrote beside it may.
    table: 'blocked_customer',
    key: 'id',
    columns: ['label', 'reason'],
    where: 'true',
    values: () => [],
  },
];

export async function eraseTexts(em: Em, erasing: Erasing): Promise<void> {
  for (const { table, key, columns, where, values } of places) {
    const rows = await em.execute<Record<string, string | null>[]>(
      `select ${key}::text as key, ${columns.join(', ')} from ${table} where ${where}`,
      values(erasing),
    );
    for (const row of rows)
      for (const column of columns) {
        const before = row[column] ?? '';
        const after = scrub(before, erasing.personal);
        if (after !== before)
          await em.execute(`update ${table} set ${column} = ? where ${key}::text = ?`, [after, row['key']]);
      }
  }
}
