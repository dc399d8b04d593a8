import { code128 } from './label/code128.ts';
import { dots } from './label/font.ts';
import { blank, fill, gif, png, type Bitmap } from './label/image.ts';
import { pdf } from './label/pdf.ts';
import type { Place } from './model.ts';

/** What the Ship service prints; a PDF comes from label recovery only. */
export const labelFormats = ['GIF', 'PNG', 'ZPL', 'EPL', 'SPL'] as const;

interface LabelText {
  trackingNumber: string;
  service: string;
  to: Place & { name: string };
  piece: string;
}

/** Base64 of a label that a scanner reads: the barcode is a real Code 128 of the tracking number. */
export function drawLabel(format: string, label: LabelText): string {
  return document(format, label).toString('base64');
}

function document(format: string, label: LabelText): Buffer {
  if (format === 'PDF') return pdfLabel(label);
  if (format === 'PNG') return png(bitmap(label));
  if (format === 'GIF') return gif(bitmap(label));
  if (format === 'EPL') return Buffer.from(epl(label));
  return Buffer.from(zpl(label));
}

const lines = ({ to, service, piece, trackingNumber }: LabelText): string[] => [
  `SHIP TO ${to.name}`,
  [to.postalCode, to.city, to.region, to.country].filter(Boolean).join(' '),
  `${service}   ${piece}`,
  `TRACKING ${trackingNumber}`,
];

function bitmap(label: LabelText): Bitmap {
  const image = blank(288, 120);
  for (const [index, line] of lines(label).entries())
    for (const [place, character] of [...line.slice(0, 46)].entries())
      for (const [column, row] of dots(character))
        fill(image, 6 + place * 6 + column, 6 + index * 10 + row, 1, 1);
  let left = 24;
  for (const [index, width] of code128(label.trackingNumber).entries()) {
    if (index % 2 === 0) fill(image, left, 52, width, 60);
    left += width;
  }
  return image;
}

function pdfLabel(label: LabelText): Buffer {
  const bars: number[][] = [];
  let left = 27;
  for (const [index, width] of code128(label.trackingNumber).entries()) {
    if (index % 2 === 0) bars.push([left, 60, width, 90]);
    left += width;
  }
  const texts = lines(label).map((text, index) => ({ x: 20, y: 390 - index * 24, size: 12, text }));
  return pdf(288, 432, texts, bars);
}

function zpl(label: LabelText): string {
  const text = lines(label).map(
    (line, index) => `^FO40,${40 + index * 50}^A0N,34,34^FD${line.replace(/[\^~]/g, ' ')}^FS`,
  );
  return `^XA^CI28^PW812^LL1218\n${text.join('\n')}\n^FO60,300^BY2^BCN,200,N,N,N^FD${label.trackingNumber}^FS\n^XZ\n`;
}

function epl(label: LabelText): string {
  const text = lines(label).map(
    (line, index) => `A40,${40 + index * 40},0,3,1,1,N,"${line.replaceAll('"', "'")}"`,
  );
  return `\nN\n${text.join('\n')}\nB60,260,0,1,2,4,180,N,"${label.trackingNumber}"\nP1\n`;
}
