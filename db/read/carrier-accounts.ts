import type { Em } from '../database.ts';

export interface BuyableAccount {
  id: string;
  carrier: string;
  name: string;
  url: string;
  /** Sealed. */
  credentials: string;
  /** Codes of those that may be bought; null: all. */
  services: string[] | null;
}

/** One account of each connected carrier, the first by name: those that are asked for rates. */
export async function readBuyableAccounts(em: Em): Promise<BuyableAccount[]> {
  return em.execute<BuyableAccount[]>(
    `select distinct on (carrier) id, carrier, name, url, credentials, services
     from carrier_account where enabled order by carrier, name`,
  );
}
