import { json, type Answer } from '../http.ts';

/** UPS' error body. */
export const upsError = (status: number, code: string, message: string): Answer =>
  json(status, { response: { errors: [{ code, message }] } });

/** The `Response` container that every successful answer begins with. */
export function responseHead(customerContext: unknown): Record<string, unknown> {
  return {
    ResponseStatus: { Code: '1', Description: 'Success' },
    ...(typeof customerContext === 'string' && customerContext !== ''
      ? { TransactionReference: { CustomerContext: customerContext } }
      : {}),
  };
}

/**
 * Since v2403 lists are always arrays. Before it, one element comes as an object and several as an array
 * (the note on every such element in UPS' Shipping and Rating specifications).
 */
export function listOf<Item>(items: Item[], version: string): Item[] | Item {
  const number = Number(/^v(\d{4})$/.exec(version)?.[1] ?? 0);
  return number >= 2403 || items.length !== 1 ? items : items[0]!;
}
