import type { ShipmentRequest } from '../connectors/carriers/carrier.ts';
import type { ParcelToShip } from '../db/parcels-to-ship.ts';
import { Refusal } from './failure.ts';

/** What a carrier is asked about one parcel. `reference` is printed on the label and finds it again. */
export function shipmentOf(parcel: ParcelToShip, reference: string): ShipmentRequest {
  const { shippingAddress, currency } = parcel.snapshot;
  if (!shippingAddress) throw new Refusal('address_missing', 'The order has no shipping address any more');
  const { weightGrams, dimensions, from } = parcel;
  return {
    from,
    to: shippingAddress,
    parcel: { weightGrams, dimensions },
    items: parcel.items.map(({ unitPrice, ...item }) => ({
      ...item,
      unitValue: { minor: unitPrice, currency },
    })),
    reference,
  };
}
