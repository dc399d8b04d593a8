import { readLabel } from '../../db/read/fulfillments.ts';
import { route, type Route } from '../http/route.ts';
import { notFound } from '../problem.ts';
import { idParams } from '../schemas/common.ts';

const contentTypes: Readonly<Record<string, string>> = {
  PDF: 'application/pdf',
  ZPL: 'application/zpl',
  PNG: 'image/png',
  GIF: 'image/gif',
};

export function labelRoutes(): Route[] {
  return [
    route('GET /v1/labels/{id}', {
      summary: "A label's document, to print",
      tag: 'Labels',
      params: idParams,
      answer: {
        description: 'As the carrier made it',
        schema: null,
        contentTypes: Object.values(contentTypes),
      },
      problems: ['not-found'],
      async handle({ params, em }) {
        const label = await readLabel(em, params.id);
        if (!label) throw notFound('such label');
        if (label.document.length === 0)
          throw notFound('document of this label any more: its customer is erased, or its retention is over');
        const name = `${label.trackingNumber.replaceAll(/[^\w-]/g, '_')}.${label.format.toLowerCase()}`;
        return {
          body: Buffer.from(label.document),
          headers: {
            'Content-Type': contentTypes[label.format] ?? 'application/octet-stream',
            'Content-Disposition': `inline; filename="${name}"`,
            'Cache-Control': 'private, no-store',
          },
        };
      },
    }),
  ];
}
