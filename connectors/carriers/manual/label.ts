import bwip from 'bwip-js/node';
import { PDFDocument, StandardFonts, type PDFFont, type PDFPage } from 'pdf-lib';
import type { Address } from '../../../domain/order.ts';
import type { ShipmentRequest } from '../carrier.ts';
import { toLatin, wrap } from '../text.ts';

/** 4 by 6 inches in points. */
const page = { width: 288, height: 432, margin: 14 };

/**
 * A label for a parcel that no carrier's API knows: addresses, our reference, weight, and the tracking number as
 * Code 128. The PDF's standard fonts know Latin letters only, so others are romanized. The same content gives
 * the same bytes: no time is written into it.
 */
export async function drawLabel(
  shipment: ShipmentRequest,
  service: string,
  trackingNumber: string,
): Promise<Buffer> {
  const pdf = await PDFDocument.create({ updateMetadata: false });
  const regular = await pdf.embedFont(StandardFonts.Helvetica);
  const bold = await pdf.embedFont(StandardFonts.HelveticaBold);
  const sheet = pdf.addPage([page.width, page.height]);
  const left = page.margin;
  const text = (line: string, y: number, size: number, font: PDFFont = regular) =>
    sheet.drawText(fitted(toLatin(line), size, font), { x: left, y, size, font });

  addressLines(shipment.from).forEach((line, index) => text(line, 412 - index * 10, 8));
  rule(sheet, 336);
  text('TO', 322, 10, bold);
  addressLines(shipment.to).forEach((line, index) => text(line, 305 - index * 17, 14, bold));
  rule(sheet, 178);
  text(service, 162, 11, bold);
  text(`Ref ${shipment.reference}`, 146, 9);
  text(`Weight ${(shipment.parcel.weightGrams / 1000).toFixed(3)} kg`, 134, 9);
  drawBarcode(sheet, trackingNumber, 44, 78);
  text(trackingNumber, 26, 12, bold);
  return Buffer.from(await pdf.save());
}

const countryNames = new Intl.DisplayNames('en', { type: 'region' });

/** At most eight lines, the last of them the country. */
function addressLines(address: Address): string[] {
  const { name, company, line1, line2, city, region, postalCode, country, phone } = address;
  const street = [line1, line2 ?? ''].flatMap((line) => wrap(toLatin(line), 34)).filter(Boolean);
  const place = [postalCode, city, region].filter(Boolean).join(' ');
  const lines = [company, name, ...street.slice(0, 3), place, phone, countryNames.of(country)?.toUpperCase()];
  return lines.filter((line): line is string => Boolean(line));
}

function rule(sheet: PDFPage, y: number): void {
  sheet.drawLine({ start: { x: page.margin, y }, end: { x: page.width - page.margin, y }, thickness: 1 });
}

/** Cut so that it stays on the page. */
function fitted(line: string, size: number, font: PDFFont): string {
  const room = page.width - 2 * page.margin;
  let end = line.length;
  while (end > 0 && font.widthOfTextAtSize(line.slice(0, end), size) > room) end -= 1;
  return line.slice(0, end);
}

/** Bars as vectors, sharp at any resolution, with ten modules of quiet zone on each side. */
function drawBarcode(sheet: PDFPage, content: string, y: number, height: number): void {
  const widths = barWidths(content);
  const modules = widths.reduce((sum, width) => sum + width, 0);
  const module = (page.width - 2 * page.margin) / (modules + 20);
  let x = page.margin + 10 * module;
  widths.forEach((width, index) => {
    if (index % 2 === 0) sheet.drawRectangle({ x, y, width: width * module, height });
    x += width * module;
  });
}

/** Widths of bar, space, bar … in modules. */
function barWidths(content: string): number[] {
  const [symbol] = bwip.raw('code128', content, '');
  if (!symbol || !('sbs' in symbol)) throw new Error('Code 128 gave no bars');
  return symbol.sbs;
}
