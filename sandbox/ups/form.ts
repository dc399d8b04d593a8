import { pdf } from './label/pdf.ts';
import type { Place } from './model.ts';

interface InvoicedProduct {
  Description: string | string[];
  CommodityCode?: string;
  OriginCountryCode?: string;
  Unit?: { Number: string; Value: string };
}

/** The parts of a request's InternationalForms that a commercial invoice prints. */
export interface FormsBody {
  FormType: string | string[];
  CurrencyCode?: string;
  Product: InvoicedProduct | InvoicedProduct[];
}

/** Base64 of the commercial invoice as a PDF, or null where none was asked for (form type 01). */
export function drawInvoice(
  forms: FormsBody | undefined,
  trackingNumber: string,
  from: Place,
  to: Place,
): string | null {
  if (forms === undefined || ![forms.FormType].flat().includes('01')) return null;
  const products = [forms.Product].flat();
  const lines = [
    'COMMERCIAL INVOICE',
    `Waybill ${trackingNumber}   ${from.country} to ${to.country}`,
    ...products.map(({ Description, Unit, CommodityCode, OriginCountryCode }) =>
      [
        Unit?.Number,
        [Description].flat()[0],
        CommodityCode,
        OriginCountryCode,
        Unit?.Value,
        forms.CurrencyCode,
      ]
        .filter(Boolean)
        .join('   '),
    ),
  ];
  const texts = lines.map((text, index) => ({
    x: 50,
    y: 740 - index * 20,
    size: index === 0 ? 18 : 10,
    text,
  }));
  return pdf(595, 842, texts, []).toString('base64');
}

export const formOf = (image: string) => ({
  Code: '01',
  Description: 'All Requested International Forms',
  Image: { ImageFormat: { Code: 'PDF', Description: 'PDF' }, GraphicImage: image },
});
