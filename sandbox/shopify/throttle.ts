import { Kind, type DocumentNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import type { Shop } from './model.ts';

/**
 * What a query costs, near to Shopify's published rule: an object 1, a connection by its page size, a mutation
 * 10, a scalar nothing.
 */
export function requestedCost(document: DocumentNode, variables: Record<string, unknown>): number {
  const operation = document.definitions.find(
    (one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION,
  );
  if (operation === undefined) return 1;
  const base = operation.operation === 'mutation' ? 10 * operation.selectionSet.selections.length : 0;
  return Math.max(1, base + costOf(operation.selectionSet, variables));
}

function costOf(set: SelectionSetNode, variables: Record<string, unknown>): number {
  let cost = 0;
  for (const selection of set.selections) {
    if (selection.kind !== Kind.FIELD || selection.selectionSet === undefined) continue;
    const size = selection.arguments?.find(
      ({ name }) => name.value === 'first' || name.value === 'last',
    )?.value;
    const count =
      size?.kind === Kind.INT
        ? Number(size.value)
        : size?.kind === Kind.VARIABLE
          ? Number(variables[size.name.value] ?? 1)
          : 1;
    const inner = costOf(selection.selectionSet, variables);
    // Pages are counted by the size of the page's root, as Shopify dampens them.
    cost += 1 + (count > 1 ? Math.ceil(Math.sqrt(count)) * (1 + inner) : inner);
  }
  return cost;
}

interface ThrottleStatus {
  maximumAvailable: number;
  currentlyAvailable: number;
  restoreRate: number;
}

/** Leaky buckets, one a shop, in memory: after a restart they are full. */
export function createThrottle(now: () => number) {
  const buckets = new Map<string, { available: number; at: number }>();
  return {
    /** Takes the cost, or nothing where there is not enough. */
    take(shop: Shop, cost: number): { allowed: boolean; status: ThrottleStatus } {
      const { maximumAvailable, restoreRate } = shop.throttle;
      const bucket = buckets.get(shop.name) ?? { available: maximumAvailable, at: now() };
      const restored = ((now() - bucket.at) / 1000) * restoreRate;
      const available = Math.min(maximumAvailable, bucket.available + restored);
      const allowed = cost <= available;
      const left = allowed ? available - cost : available;
      buckets.set(shop.name, { available: left, at: now() });
      return {
        allowed,
        status: { maximumAvailable, currentlyAvailable: Math.floor(left), restoreRate },
      };
    },
  };
}
