import { GraphQLError } from 'graphql';

export interface PageArgs {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
  reverse?: boolean | null;
}

/** The most that Shopify returns of a list at once. */
const most = 250;

/**
 * A Relay connection over items in order. `cursorOf` names an item's place by what it is sorted by, so that a
 * page goes on after the same place though items came or went meanwhile.
 */
export function connection<Item, View>(
  sorted: Item[],
  args: PageArgs,
  cursorOf: (item: Item) => (string | number)[],
  view: (item: Item) => View,
) {
  const items = args.reverse ? sorted.toReversed() : sorted;
  const wanted = args.first ?? args.last;
  if (wanted === null || wanted === undefined)
    throw new GraphQLError('you must provide one of first or last', { extensions: { code: 'BAD_REQUEST' } });
  if (wanted < 0 || wanted > most)
    throw new GraphQLError(`first or last must be between 0 and ${most}`, {
      extensions: { code: 'BAD_REQUEST' },
    });
  const direction = args.reverse ? -1 : 1;
  const after = args.after ? place(args.after) : null;
  const before = args.before ? place(args.before) : null;
  const within = items.filter(
    (item) =>
      (after === null || compare(cursorOf(item), after) * direction > 0) &&
      (before === null || compare(cursorOf(item), before) * direction < 0),
  );
  const page =
    args.first != null
      ? within.slice(0, wanted)
      : within.slice(within.length - Math.min(wanted, within.length));
  const cursor = (item: Item | undefined) =>
    item === undefined ? null : Buffer.from(JSON.stringify(cursorOf(item))).toString('base64url');
  return {
    nodes: () => page.map(view),
    edges: () => page.map((item) => ({ cursor: cursor(item), node: view(item) })),
    pageInfo: {
      hasNextPage: args.first != null ? within.length > page.length : before !== null,
      hasPreviousPage: args.first != null ? after !== null : within.length > page.length,
      startCursor: cursor(page[0]),
      endCursor: cursor(page.at(-1)),
    },
  };
}

function place(cursor: string): (string | number)[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parsed)) return parsed as (string | number)[];
  } catch {
    // Said below: whatever it is, it is no cursor of ours.
  }
  throw new GraphQLError(`Invalid cursor: ${cursor}`, { extensions: { code: 'BAD_REQUEST' } });
}

export function compare(one: (string | number)[], other: (string | number)[]): number {
  for (const [index, value] of one.entries()) {
    const against = other[index]!;
    if (value < against) return -1;
    if (value > against) return 1;
  }
  return 0;
}
