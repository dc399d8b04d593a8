import { formatMinor } from '../../../domain/money.ts';
import type { Money } from '../../../domain/money.ts';
import type { ParcelItem, ShipmentRequest } from '../carrier.ts';
import { clip, toLatin, wrap } from '../text.ts';
import type { UpsParty } from './address.ts';
import { refusal } from './failure.ts';

/** UPS lists at most so many products in one invoice. */
const maxProducts = 50;

/** What is in the parcel, in words: required when a border is crossed. */
export function descriptionOfGoods(items: ParcelItem[]): string {
  return clip(toLatin(items.map((item) => item.title).join(', ')), 50) || 'Merchandise';
}

/** The value of everything, or null of nothing. Throws `PartyFailure` when it mixes currencies. */
export function valueOf(items: ParcelItem[]): Money | null {
  const currencies = new Set(items.map((item) => item.unitValue.currency));
  if (currencies.size > 1)
    throw refusal('mixed-currencies', `A customs invoice has one currency: ${[...currencies].join(', ')}`);
  const [currency] = currencies;
  if (currency === undefined) return null;
  return { minor: items.reduce((sum, item) => sum + declared(item) * item.quantity, 0), currency };
}

/** Customs takes no value of zero: what is given away is declared at the smallest coin. */
const declared = (item: ParcelItem) => Math.max(1, item.unitValue.minor);

/** `{ CurrencyCode, MonetaryValue }` of the goods; at least 1, the least that UPS takes. */
export function invoiceTotal(value: Money) {
  const amount = formatMinor(value.minor, value.currency);
  return { CurrencyCode: value.currency, MonetaryValue: Number(amount) < 1 ? '1' : amount };
}

/** UPS' commercial invoice (form 01) for a sale, dated `date` (YYYYMMDD) and numbered by our reference. */
export function commercialInvoice(shipment: ShipmentRequest, soldTo: UpsParty, date: string) {
  const { items, reference } = shipment;
  const value = valueOf(items);
  if (value === null) throw refusal('nothing-to-declare', 'A customs invoice needs its items');
  if (items.length > maxProducts)
    throw refusal('too-many-products', `UPS declares at most ${maxProducts} products in one parcel`);
  return {
    FormType: ['01'],
    Contacts: { SoldTo: soldTo },
    Product: items.map(product),
    InvoiceNumber: reference,
    InvoiceDate: date,
    ReasonForExport: 'SALE',
    CurrencyCode: value.currency,
  };
}

function product(item: ParcelItem) {
  if (!item.originCountry)
    throw refusal('origin-missing', `Customs needs the country of origin of ${item.sku}`);
  const hsCode = item.hsCode?.replace(/[^A-Za-z0-9]/g, '') ?? '';
  if (item.hsCode && (hsCode.length < 6 || hsCode.length > 15))
    throw refusal('hs-code-invalid', `UPS takes commodity codes of 6 to 15 characters: ${item.sku}`);
  return {
    Description: wrap(toLatin(item.title) || item.sku, 35).slice(0, 3),
    Unit: {
      Number: String(item.quantity),
      UnitOfMeasurement: { Code: 'PCS' },
      Value: formatMinor(declared(item), item.unitValue.currency),
    },
    ...(hsCode ? { CommodityCode: hsCode } : {}),
    PartNumber: clip(toLatin(item.sku), 35),
    OriginCountryCode: item.originCountry,
  };
}
