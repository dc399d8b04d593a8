import { type Concerns, names, parseJson, type Call } from '../http.ts';
import { several } from './shipment.ts';
import type { UpsTables } from './model.ts';

interface ShipBody {
  ShipmentRequest?: {
    Shipment?: {
      ShipTo?: { Name?: string };
      ReferenceNumber?: { Value: string } | { Value: string }[];
      Package?: Packages;
    };
  };
}
type Packages = { ReferenceNumber?: { Value: string } | { Value: string }[] }[];

/**
 * Whose parcel a call is about, by the recipient's name: rating and shipping say it; recovery, void and tracking name a
 * reference or number, also of a shipment that was asked for in vain.
 */
export function recipientsOf(tables: UpsTables): (call: Call, account: string) => Concerns {
  const asked = new Map<string, string>();
  return (call, account) => {
    if (call.path.endsWith('/ship')) remember(asked, parseJson(call.body) as ShipBody | undefined);
    const named = names(call);
    return (about) => {
      if (named(about)) return true;
      for (const [reference, name] of asked) if (name === about && named(reference)) return true;
      return tables.labels
        .all(account)
        .some(
          ({ to, trackingNumber, shipmentId }) =>
            to.name === about && (named(trackingNumber) || named(shipmentId)),
        );
    };
  };
}

function remember(asked: Map<string, string>, body: ShipBody | undefined): void {
  const { ShipTo, ReferenceNumber, Package } = body?.ShipmentRequest?.Shipment ?? {};
  const references = [ReferenceNumber, ...(Package ?? []).map((one) => one.ReferenceNumber)];
  for (const { Value } of references.flatMap((some) => several(some)))
    if (ShipTo?.Name !== undefined) asked.set(Value, ShipTo.Name);
}
