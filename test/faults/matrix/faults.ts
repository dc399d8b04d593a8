/** The columns of the matrix: what may go wrong with one call. */
import type { FaultRequest } from '../../../sandbox/faults.ts';

export interface Column {
  fault: Pick<FaultRequest, 'fault' | 'status' | 'ms' | 'retryAfter' | 'code' | 'message'>;
  /**
   * `before`: nothing was done, and it may work later. `after`: it was done, and the answer is lost. `harmless`: late
   * or odd, but an answer. `refusal`: asking again alone will not help.
   */
  kind: 'before' | 'after' | 'harmless' | 'refusal';
  /** The client gives up after tens of seconds: such a cell takes as long as that, each time. */
  slow?: true;
}

export const columns = {
  slow: { fault: { fault: 'latency', ms: 700 }, kind: 'harmless' },
  'slow after': { fault: { fault: 'latency-after', ms: 700 }, kind: 'harmless' },
  mislabelled: { fault: { fault: 'mislabelled' }, kind: 'harmless' },
  '429': { fault: { fault: '429', retryAfter: 1 }, kind: 'before' },
  '500': { fault: { fault: '5xx', status: 500 }, kind: 'before' },
  '503': { fault: { fault: '5xx', status: 503 }, kind: 'before' },
  reset: { fault: { fault: 'reset-before' }, kind: 'before' },
  'a page instead': { fault: { fault: 'malformed-before' }, kind: 'before' },
  'a page with 404': { fault: { fault: 'page', status: 404 }, kind: 'before' },
  timeout: { fault: { fault: 'hang' }, kind: 'before', slow: true },
  '503 after': { fault: { fault: '5xx-after', status: 503 }, kind: 'after' },
  'reset after': { fault: { fault: 'reset-after' }, kind: 'after' },
  'cut in half': { fault: { fault: 'malformed' }, kind: 'after' },
  'timeout after': { fault: { fault: 'hang-after' }, kind: 'after', slow: true },
  '401': { fault: { fault: '4xx', status: 401 }, kind: 'refusal' },
  '403': { fault: { fault: '4xx', status: 403 }, kind: 'refusal' },
  refusal: { fault: { fault: 'refuse', code: 'NO', message: 'Not for you' }, kind: 'refusal' },
} satisfies Record<string, Column>;
export type ColumnName = keyof typeof columns;
export const columnNames = Object.keys(columns) as ColumnName[];
