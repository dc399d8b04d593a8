/** How `mendStock` puts it right; null: only a person can. */
export type Mend =
  'recount' | 'release_claim' | 'release_reservation' | 'book_shipment' | 'unqueue' | 'put_down_received';

/** As a check's SQL answers. */
export interface Found {
  subject: string;
  sku: string;
  warehouse: string | null;
  says: string;
  should: string;
  /** What its words need beside: a lot's number, an order's. */
  about: string | null;
}

export interface Check {
  reason: string;
  mend: Mend | null;
  /** Answers `Found` rows, one per difference; none in a sound database. */
  sql: string;
  words: (found: Found) => string;
}
