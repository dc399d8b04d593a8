import { financialStatus, fulfillmentStatus } from './figures.ts';
import type { ShopOrder, ShopProduct } from './model.ts';

interface Term {
  field: string;
  comparator: '=' | '>' | '>=' | '<' | '<=';
  value: string;
  negated: boolean;
}

/** Shopify's search syntax: terms joined by AND (or a space), alternatives by OR, quotes around values. */
function parse(query: string): Term[][] {
  return query.split(/\s+OR\s+/).map((alternative) => {
    const terms: Term[] = [];
    const pattern = /(-|NOT\s+)?([\w.]+):\s*(>=|<=|>|<)?\s*(?:"([^"]*)"|'([^']*)'|(\S+))/g;
    for (const match of alternative.matchAll(pattern))
      terms.push({
        negated: match[1] !== undefined,
        field: match[2]!,
        comparator: (match[3] ?? '=') as Term['comparator'],
        value: (match[4] ?? match[5] ?? match[6] ?? '').replace(/[()]/g, ''),
      });
    return terms;
  });
}

function holds(term: Term, actual: string | number): boolean {
  const wanted = typeof actual === 'number' ? Number(term.value) : term.value.toLowerCase();
  const value = typeof actual === 'number' ? actual : actual.toLowerCase();
  if (term.comparator === '>') return value > wanted;
  if (term.comparator === '>=') return value >= wanted;
  if (term.comparator === '<') return value < wanted;
  if (term.comparator === '<=') return value <= wanted;
  return value === wanted;
}

/** Times compare as instants, whatever their offset. */
function holdsTime(term: Term, at: string): boolean {
  const wanted = term.value === 'now' ? Date.now() : Date.parse(term.value);
  return holds({ ...term, value: String(wanted) }, Date.parse(at));
}

function orderTerm(order: ShopOrder, term: Term): boolean {
  switch (term.field) {
    case 'updated_at':
      return holdsTime(term, order.updatedAt);
    case 'created_at':
    case 'processed_at':
      return holdsTime(term, order.createdAt);
    case 'id':
      return holds(term, order.id);
    case 'name':
      return order.name.replace('#', '') === term.value.replace('#', '');
    case 'email':
      return holds(term, order.email ?? '');
    case 'test':
      return holds(term, String(order.test));
    case 'tag':
      return order.tags.some((tag) => holds(term, tag));
    case 'sku':
      return order.lines.some((line) => holds(term, line.sku ?? ''));
    case 'financial_status':
      return holds(term, financialStatus(order));
    case 'fulfillment_status':
      return holds(
        {
          ...term,
          value: term.value
            .replace('partial', 'partially_fulfilled')
            .replace(/^(unshipped)$/, 'unfulfilled')
            .replace(/^shipped$/, 'fulfilled'),
        },
        fulfillmentStatus(order),
      );
    case 'status':
      if (term.value === 'any') return true;
      if (term.value === 'cancelled') return order.cancelledAt !== null;
      return term.value === 'closed' ? order.closedAt !== null : order.closedAt === null;
    default:
      // Shopify ignores a filter that it does not know, and warns of it.
      return true;
  }
}

const matcher =
  <Item>(test: (item: Item, term: Term) => boolean) =>
  (query: string | null | undefined): ((item: Item) => boolean) => {
    if (!query) return () => true;
    const alternatives = parse(query);
    return (item) => alternatives.some((terms) => terms.every((term) => test(item, term) !== term.negated));
  };

export const orderMatcher = matcher(orderTerm);

export const productMatcher = matcher((product: ShopProduct, term) => {
  if (term.field === 'sku') return holds(term, product.sku);
  if (term.field === 'id') return holds(term, product.variantId);
  return term.field === 'updated_at' ? holdsTime(term, product.updatedAt) : true;
});
