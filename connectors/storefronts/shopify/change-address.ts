import { z } from 'zod';
import type { Address } from '../../../domain/order.ts';
import { nameParts } from '../person-name.ts';
import type { Graphql } from './graphql.ts';
import { gid, userErrorFailure, userErrors } from './graphql.ts';
import * as queries from './queries.ts';

const updateData = z.object({ orderUpdate: z.object({ userErrors }) });

/** Where the order is shipped to, as the shop shows it. The same address again changes nothing. */
export async function changeAddress(
  graphql: Graphql,
  orderExternalId: string,
  address: Address,
): Promise<void> {
  const input = { id: gid('Order', orderExternalId), shippingAddress: mailingAddress(address) };
  const { orderUpdate } = await graphql.mutate(queries.orderUpdateMutation, { input }, updateData);
  if (orderUpdate.userErrors.length > 0) throw userErrorFailure(orderUpdate.userErrors);
}

/** A region that is no code (`NY`) goes by its name. */
function mailingAddress(address: Address) {
  const { first, last } = nameParts(address.name);
  const code = address.region !== undefined && /^[A-Z0-9]{1,3}$/.test(address.region);
  return {
    firstName: first,
    lastName: last,
    company: address.company ?? null,
    address1: address.line1,
    address2: address.line2 ?? null,
    city: address.city,
    ...(address.region !== undefined &&
      (code ? { provinceCode: address.region } : { province: address.region })),
    zip: address.postalCode ?? null,
    countryCode: address.country,
    phone: address.phone ?? null,
  };
}
