import type { CarrierClient } from '../connectors/carriers/carrier.ts';
import type { Em } from '../db/database.ts';
import { places } from '../db/secrets.ts';
import type { ActivityDeps } from './deps.ts';
import { Refusal } from './failure.ts';

export interface CarrierAccount {
  id: string;
  carrier: string;
  url: string;
  /** Sealed. */
  credentials: string;
  /** Codes of those that may be bought; null: all. */
  services: string[] | null;
}

export async function connectCarrier(
  deps: ActivityDeps,
  em: Em,
  accountId: string,
): Promise<{ client: CarrierClient; carrier: string; services: string[] | null }> {
  const [account] = await em.execute<CarrierAccount[]>(
    'select id, carrier, url, credentials, services from carrier_account where id = ?',
    [accountId],
  );
  return connectAccount(deps, account, accountId);
}

/** Throws the refusal `carrier_gone` where there is no such account, or nobody here speaks with its carrier. */
export function connectAccount(
  deps: ActivityDeps,
  account: CarrierAccount | undefined,
  accountId: string,
): { client: CarrierClient; carrier: string; services: string[] | null } {
  const carrier = account && deps.carriers.find(account.carrier);
  if (!account || !carrier)
    throw new Refusal('carrier_gone', `The carrier account ${accountId} is no longer connected`);
  const credentials = deps.secrets.open(account.credentials, places.carrierCredentials(account.id));
  return {
    client: carrier.connect({ ...account, credentials }),
    carrier: account.carrier,
    services: account.services,
  };
}
