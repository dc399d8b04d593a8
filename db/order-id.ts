import { v5 } from 'uuid';

/** Never to change: ids of all orders are made with it. */
const NAMESPACE = '7f0c9a5e-5d0e-4b57-9d0a-4d6d3f1c2b8a';

/** An order's id follows from its store and the store's id of it, so every process knows it before the row exists. */
export const orderIdOf = (storeId: string, externalId: string): string =>
  v5(`${storeId}:${externalId}`, NAMESPACE);
