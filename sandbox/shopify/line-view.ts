import * as figures from './figures.ts';
import { gid, type ShopLine, type ShopOrder } from './model.ts';
import { bag, taxLines, type ViewContext } from './money-views.ts';
import { variantView } from './stock-views.ts';

/** A LineItem. */
export function lineView(context: ViewContext, order: ShopOrder, line: ShopLine): Record<string, unknown> {
  const fulfilled = figures.fulfilledQuantity(order, line.id);
  const open = figures.fulfillableQuantity(order, line.id);
  const total = figures.lineTotal(line);
  const unit = Math.round(total / line.quantity);
  const product =
    line.sku === null ? undefined : context.world.tables.products.get(context.shop.name, line.sku);
  return {
    __typename: 'LineItem',
    id: gid('LineItem', line.id),
    name: line.title,
    title: line.title,
    variantTitle: null,
    sku: line.sku,
    vendor: 'Sandbox',
    quantity: line.quantity,
    currentQuantity: line.currentQuantity,
    fulfillableQuantity: figures.readyQuantity(order, line.id),
    unfulfilledQuantity: line.currentQuantity - fulfilled,
    nonFulfillableQuantity: line.quantity - open - fulfilled,
    refundableQuantity: line.quantity - figures.refundedQuantity(order, line.id),
    fulfillmentStatus: fulfilled === 0 ? 'unfulfilled' : open > 0 ? 'partial' : 'fulfilled',
    requiresShipping: line.requiresShipping,
    isGiftCard: line.giftCard,
    taxable: line.taxRate > 0,
    restockable: line.variantId !== null,
    customAttributes: [],
    originalUnitPriceSet: bag(order, line.price),
    // Discounts of a code do not show in the discounted unit price, those of the line would.
    discountedUnitPriceSet: bag(order, line.price),
    discountedUnitPriceAfterAllDiscountsSet: bag(order, unit),
    originalTotalSet: bag(order, figures.lineGross(line)),
    discountedTotalSet: ({ withCodeDiscounts }: { withCodeDiscounts?: boolean | null }) =>
      bag(order, withCodeDiscounts ? total : figures.lineGross(line)),
    totalDiscountSet: bag(order, line.discount),
    discountAllocations: line.discount === 0 ? [] : [{ allocatedAmountSet: bag(order, line.discount) }],
    taxLines: () => taxLines(order, line.taxRate, figures.lineTax(order, line)),
    variant: () => (product === undefined ? null : variantView(context, product)),
  };
}
