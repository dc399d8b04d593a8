import { stringify } from 'csv-stringify/sync';
import type { Reply } from './route.ts';

type Cell = string | number | null;

/**
 * The rows as RFC 4180, with a header. A text that a spreadsheet would take for a formula is kept from being one.
 * The answer's schema is that of its JSON: it does not hold for this.
 */
export function csvReply(name: string, rows: readonly Readonly<Record<string, Cell>>[], columns: string[]) {
  const reply: Reply = {
    body: stringify([...rows], { header: true, columns, record_delimiter: 'windows', escape_formulas: true }),
    headers: {
      'Content-Type': 'text/csv; charset=utf-8; header=present',
      'Content-Disposition': `attachment; filename="${name}.csv"`,
    },
  };
  return reply as Reply<never>;
}
