import { z } from 'zod';

const LARGEST_PAGE = 200;

/** What every list takes. The cursor is opaque: it comes from `nextCursor` of the page before. */
export const pageQuery = {
  cursor: z.string().max(500).optional().meta({ description: '`nextCursor` of the page before' }),
  limit: z
    .string()
    .regex(/^\d{1,4}$/, 'must be a whole number')
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= LARGEST_PAGE, `must be from 1 to ${LARGEST_PAGE}`)
    .default(50)
    .meta({ description: 'Rows on a page', type: 'integer', minimum: 1, maximum: LARGEST_PAGE, example: 50 }),
};

/** Times and days in cursors, which others may have made up: ISO 8601 has some that PostgreSQL refuses. */
export const timePosition = z.iso.datetime({ offset: true }).regex(/^(?!0000).*(Z|[+-](0\d|1[0-5]):\d\d)$/);
export const dayPosition = z.iso.date().regex(/^(?!0000)/);

export const pageOf = <S extends z.ZodType>(item: S) =>
  z.strictObject({ items: z.array(item), nextCursor: z.string().nullable() });

export function encodeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** A string schema that becomes the position, or says that the cursor is not one of ours. */
export function cursorOf<S extends z.ZodType>(position: S) {
  return pageQuery.cursor.transform((text, context): z.output<S> | undefined => {
    if (text === undefined) return undefined;
    const parsed = position.safeParse(decode(text));
    if (parsed.success) return parsed.data;
    context.addIssue({ code: 'custom', message: 'is not a cursor of this list' });
    return z.NEVER;
  });
}

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

/** `rows` holds one more than `limit` when there is a next page. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  page: { path: string; query: Readonly<Record<string, string | number | undefined>>; limit: number },
  positionOf: (row: Row) => unknown,
  toItem: (row: Row) => Item,
): { body: { items: Item[]; nextCursor: string | null }; headers: Record<string, string> } {
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > page.limit && last !== undefined ? encodeCursor(positionOf(last)) : null;
  const headers: Record<string, string> = nextCursor === null ? {} : { Link: nextLink(page, nextCursor) };
  return { body: { items: shown.map(toItem), nextCursor }, headers };
}

function nextLink(page: Parameters<typeof toPage>[1], cursor: string): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...page.query, limit: page.limit, cursor }))
    if (value !== undefined) query.set(name, String(value));
  return `<${page.path}?${query}>; rel="next"`;
}
