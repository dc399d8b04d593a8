/** UPS' field rules as data: what its specifications say of required fields and lengths. */

export interface FieldRule {
  required?: boolean;
  min?: number;
  max?: number;
  /** Every element, where the field may come as an object or as an array of them. */
  each?: Record<string, FieldRule>;
  fields?: Record<string, FieldRule>;
  /** Most elements. */
  most?: number;
}

const text = (max: number, min = 1): FieldRule => ({ min, max });
const required = (rule: FieldRule): FieldRule => ({ ...rule, required: true });

/** The specifications differ: Shipping wants lines and city, Rating the lines of two parties and never the city. */
function address(region: FieldRule, lines: boolean, city: boolean): FieldRule {
  return {
    required: true,
    fields: {
      AddressLine: { required: lines, each: {}, max: 35, min: 1, most: 3 },
      City: { ...text(30), required: city },
      StateProvinceCode: region,
      PostalCode: text(9),
      CountryCode: required(text(2, 2)),
    },
  };
}

const phone: FieldRule = { fields: { Number: required(text(15)), Extension: text(4) } };

const dimensions = (max: number): FieldRule => ({
  fields: {
    UnitOfMeasurement: { required: true, fields: { Code: text(2), Description: text(35) } },
    Length: required(text(max)),
    Width: required(text(max)),
    Height: required(text(max)),
  },
});

const weight = (max: number): FieldRule => ({
  fields: {
    UnitOfMeasurement: { required: true, fields: { Code: required(text(3)), Description: text(35) } },
    Weight: required(text(max)),
  },
});

const reference: FieldRule = { each: { Code: text(2), Value: required(text(35)) }, most: 5 };

const amount = (max: number): FieldRule => ({
  fields: { CurrencyCode: required(text(3, 3)), MonetaryValue: required(text(max)) },
});

function party(extra: Record<string, FieldRule> = {}): FieldRule {
  return {
    fields: {
      Name: required(text(35)),
      AttentionName: text(35),
      TaxIdentificationNumber: text(15),
      Phone: phone,
      EMailAddress: text(50),
      Address: address(text(5), true, true),
      ...extra,
    },
  };
}

const product: Record<string, FieldRule> = {
  Description: { required: true, each: {}, min: 1, max: 35, most: 3 },
  Unit: {
    fields: {
      Number: required(text(7)),
      UnitOfMeasurement: { required: true, fields: { Code: required(text(3)), Description: text(35) } },
      Value: required(text(19)),
    },
  },
  CommodityCode: text(15, 6),
  PartNumber: text(35),
  OriginCountryCode: text(2, 2),
};

const internationalForms: FieldRule = {
  fields: {
    FormType: { required: true, each: {}, min: 2, max: 2, most: 6 },
    Product: { required: true, each: product, most: 50 },
    InvoiceNumber: text(35),
    InvoiceDate: text(8, 8),
    TermsOfShipment: text(3, 3),
    ReasonForExport: text(20),
    CurrencyCode: text(3, 3),
  },
};

export const shipRules: Record<string, FieldRule> = {
  ShipmentRequest: {
    required: true,
    fields: {
      Request: { required: true, fields: { RequestOption: required(text(15)), SubVersion: text(4, 4) } },
      Shipment: {
        required: true,
        fields: {
          Description: text(50),
          Shipper: { ...party({ ShipperNumber: required(text(6, 6)) }), required: true },
          ShipTo: { ...party(), required: true },
          ShipFrom: party(),
          PaymentInformation: {
            fields: {
              ShipmentCharge: {
                required: true,
                each: { Type: required(text(2, 2)), BillShipper: { fields: { AccountNumber: text(6, 6) } } },
                most: 3,
              },
            },
          },
          ReferenceNumber: { each: { Code: text(2, 2), Value: required(text(35)) } },
          Service: { required: true, fields: { Code: required(text(2, 2)), Description: text(35) } },
          InvoiceLineTotal: amount(11),
          ShipmentServiceOptions: { fields: { InternationalForms: internationalForms } },
          Package: {
            required: true,
            each: {
              Description: text(35),
              Packaging: { required: true, fields: { Code: required(text(2, 2)), Description: text(35) } },
              Dimensions: dimensions(3),
              PackageWeight: weight(5),
              ReferenceNumber: reference,
            },
            most: 200,
          },
        },
      },
      LabelSpecification: {
        fields: {
          LabelImageFormat: { required: true, fields: { Code: required(text(4)), Description: text(35) } },
          HTTPUserAgent: text(64),
          LabelStockSize: { required: true, fields: { Height: required(text(3)), Width: required(text(3)) } },
        },
      },
    },
  },
};

const rateParty = (lines: boolean, extra: Record<string, FieldRule> = {}): FieldRule => ({
  fields: { Name: text(35), AttentionName: text(35), Address: address(text(2, 2), lines, false), ...extra },
});

export const rateRules: Record<string, FieldRule> = {
  RateRequest: {
    required: true,
    fields: {
      Request: { required: true, fields: { SubVersion: text(4, 4) } },
      PickupType: { fields: { Code: required(text(2, 2)) } },
      Shipment: {
        required: true,
        fields: {
          Shipper: { ...rateParty(true, { ShipperNumber: text(6, 6) }), required: true },
          ShipTo: { ...rateParty(true), required: true },
          ShipFrom: rateParty(false),
          PaymentDetails: { fields: { ShipmentCharge: { required: true, each: {}, most: 2 } } },
          Service: { fields: { Code: required(text(3, 2)), Description: text(35) } },
          InvoiceLineTotal: amount(19),
          Package: {
            required: true,
            each: {
              PackagingType: { fields: { Code: required(text(2, 2)), Description: text(35) } },
              Dimensions: dimensions(9),
              PackageWeight: weight(6),
            },
            most: 200,
          },
          DeliveryTimeInformation: {
            fields: {
              PackageBillType: required(text(2, 2)),
              Pickup: { fields: { Date: required(text(8, 8)) } },
            },
          },
        },
      },
    },
  },
};

export const recoveryRules: Record<string, FieldRule> = {
  LabelRecoveryRequest: {
    required: true,
    fields: {
      Request: { required: true },
      LabelSpecification: { fields: { LabelImageFormat: { fields: { Code: required(text(4, 3)) } } } },
      TrackingNumber: text(18),
      ReferenceValues: {
        fields: {
          ReferenceNumber: { required: true, fields: { Value: required(text(35)) } },
          ShipperNumber: required(text(6, 6)),
        },
      },
    },
  },
};

/** The first thing wrong with `value`, in words, or null. */
export function firstFault(value: unknown, rules: Record<string, FieldRule>, path = ''): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return `${path === '' ? 'the body' : path} must be an object`;
  for (const [name, rule] of Object.entries(rules)) {
    const fault = fieldFault(
      (value as Record<string, unknown>)[name],
      rule,
      path === '' ? name : `${path}.${name}`,
    );
    if (fault !== null) return fault;
  }
  return null;
}

function fieldFault(value: unknown, rule: FieldRule, path: string): string | null {
  if (value === undefined || value === null) return rule.required ? `${path} is missing` : null;
  if (rule.each !== undefined) return listFault(value, rule, path);
  if (rule.fields !== undefined) return firstFault(value, rule.fields, path);
  if (rule.max === undefined) return null;
  return textFault(value, rule, path);
}

function listFault(value: unknown, rule: FieldRule, path: string): string | null {
  const items = Array.isArray(value) ? value : [value];
  if (items.length === 0 && rule.required) return `${path} is missing`;
  if (items.length > (rule.most ?? Infinity)) return `${path} has more than ${rule.most} elements`;
  for (const item of items) {
    const fault = rule.max === undefined ? firstFault(item, rule.each!, path) : textFault(item, rule, path);
    if (fault !== null) return fault;
  }
  return null;
}

function textFault(value: unknown, rule: FieldRule, path: string): string | null {
  if (typeof value !== 'string') return `${path} must be a string`;
  if (value.trim() === '' && rule.required) return `${path} is missing`;
  // An empty optional string counts as left out, as in UPS' own examples.
  if (value !== '' && (value.length < rule.min! || value.length > rule.max!))
    return `${path} must have ${rule.min === rule.max ? rule.max : `${rule.min} to ${rule.max}`} characters`;
  return null;
}
