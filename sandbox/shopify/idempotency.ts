import { GraphQLError, type GraphQLResolveInfo } from 'graphql';
import type { Shop } from './model.ts';
import { refused, type Outcome, type ShopWorld } from './world.ts';

/** The key of `@idempotent` on the field that is being resolved, or null. */
function keyOf(info: GraphQLResolveInfo): string | null {
  const directive = info.fieldNodes[0]!.directives?.find((one) => one.name.value === 'idempotent');
  const value = directive?.arguments?.find((one) => one.name.value === 'key')?.value;
  if (value?.kind === 'StringValue') return value.value;
  return value?.kind === 'Variable' ? String(info.variableValues[value.name.value]) : null;
}

/**
 * Runs a mutation once per key. A repeat gets the first one's result; other arguments under the same key are
 * refused, and so is the key of an attempt that was refused. `attempt` returns the id of what it made,
 * `recall` finds it again.
 */
export function once<Value>(
  world: ShopWorld,
  shop: Shop,
  version: string,
  info: GraphQLResolveInfo,
  args: unknown,
  attempt: () => Outcome<Value>,
  idOf: (value: Value) => string,
  recall: (id: string) => Value,
): Outcome<Value> {
  const key = keyOf(info);
  if (key === null) {
    // Optional in 2026-01, mandatory from 2026-04.
    if (version < '2026-04') return attempt();
    throw new GraphQLError('The @idempotent directive is required for this mutation but was not provided.', {
      extensions: { code: 'BAD_REQUEST' },
    });
  }
  if (key.trim() === '')
    throw new GraphQLError('The idempotency key cannot be an empty string or whitespace only.', {
      extensions: { code: 'BAD_REQUEST' },
    });
  const mutation = info.fieldName;
  const fingerprint = JSON.stringify(args);
  const known = world.tables.idempotent.get(shop.name, key);
  if (known !== undefined) {
    if (known.mutation !== mutation || known.fingerprint !== fingerprint)
      return refused(
        null,
        'The same idempotency key cannot be used with different operation parameters.',
        'IDEMPOTENCY_KEY_PARAMETER_MISMATCH',
      );
    if (known.result === null)
      return refused(
        null,
        'A previous request with this idempotency key failed. Retry with a new idempotency key.',
        'IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED',
      );
    return { value: recall(known.result) };
  }
  const outcome = attempt();
  const result = 'value' in outcome ? idOf(outcome.value) : null;
  world.tables.idempotent.put(shop.name, key, { mutation, fingerprint, result });
  return outcome;
}
