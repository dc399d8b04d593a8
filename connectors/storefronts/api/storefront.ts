import { z } from 'zod';
import type { Storefront } from '../storefront.ts';

/** A store of one's own: it posts its orders to our HTTP API. It sends no webhooks and there is no shop to call. */
export const api: Storefront = {
  platform: 'api',
  credentials: z.object({}),
  webhooks: null,
  connect: null,
};
