/** The order's workflow with one step more at its beginning: what a careless change would look like. */
import { sleep } from '@temporalio/workflow';
import type { OrderInput } from '../../workflows/contracts.ts';
import { order as unchanged } from '../../workflows/order.ts';

export async function order(input: OrderInput): Promise<string> {
  await sleep('1 second');
  return unchanged(input);
}
