import type { CarrierClient } from '../connectors/carriers/carrier.ts';
import type { Em } from '../db/database.ts';
import { places } from '../db/secrets.ts';
import type { ActivityDeps } from './deps.ts';
import { Refusal } from './failure.ts';

export async function connectCarrier(
  deps: ActivityDeps,
  em: Em,
  accountId: string,
): Promise<{ client: CarrierClient; carrier: string; services: string[] | null }> {
  const [account] = await em.execute<
    { id: string; carrier: string; url: string; credentials: string; services: string[] | null }[]
  >('select id, carrier, url, credentials, services from carrier_account where id = ?', [accountId]);
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
