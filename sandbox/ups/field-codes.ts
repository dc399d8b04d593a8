/** UPS Shipping's error codes of missing or invalid fields, the most specific first. */
const codes: [path: RegExp, code: string][] = [
  ...partyCodes('Shipper', '1201', '120101'),
  ...partyCodes('ShipTo', '1202', '120200'),
  ...partyCodes('ShipFrom', '1203', '120300'),
  [/Shipper\.ShipperNumber/, '120100'],
  [/Shipment\.Service/, '120500'],
  [/Shipment\.ReferenceNumber/, '120501'],
  [/Shipment\.Description/, '120503'],
  [/Package\.Packaging/, '120600'],
  [/Package\.PackageWeight/, '120601'],
  [/Package\.Dimensions/, '120602'],
  [/Package\.ReferenceNumber/, '120603'],
  [/LabelImageFormat/, '120702'],
  [/LabelStockSize/, '120703'],
  [/PaymentInformation/, '120400'],
  [/RequestOption/, '120051'],
];

/** Shipper, ShipTo and ShipFrom have the same codes, a hundred apart, but for the name's. */
function partyCodes(party: string, prefix: string, name: string): [RegExp, string][] {
  const field = (path: string, code: string): [RegExp, string] => [
    new RegExp(`Shipment\\.${party}\\.${path}`),
    `${prefix}${code}`,
  ];
  return [
    [new RegExp(`Shipment\\.${party}\\.Name`), name],
    field('Address\\.AddressLine', '02'),
    field('Address\\.City', '05'),
    field('Address\\.StateProvinceCode', '06'),
    field('Address\\.PostalCode', '07'),
    field('Address\\.CountryCode', '08'),
    field('Phone', '09'),
  ];
}

/** Of the fault that `firstFault` found; 10002, "well formed but not valid", where UPS has no code for it. */
export const codeOf = (fault: string): string => codes.find(([path]) => path.test(fault))?.[1] ?? '10002';
