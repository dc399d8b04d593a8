import type { ShipmentRequest } from '../connectors/carriers/carrier.ts';
import type { ParcelToShip } from '../db/parcels-to-ship.ts';
import { describeShipment } from '../domain/shipment.ts';
import { Refusal } from './failure.ts';

/** What a carrier is asked about one parcel. `reference` is printed on the label and finds it again. */
export function shipmentOf(parcel: ParcelToShip, reference: string): ShipmentRequest {
  const { shippingAddress: to, currency } = parcel.snapshot;
  if (!to) throw new Refusal('address_missing', 'The order has no shipping address any more');
  return describeShipment(parcel, { to, currency, reference });
}
