/** One cell: an order on the way that makes the call, the fault on it, and the order's end. */
import type { Fault, FaultRequest } from '../../../sandbox/faults.ts';
import { type Row, stopsAt } from './calls.ts';
import { type Column, type ColumnName, columns } from './faults.ts';
import { expectDone, expectStopped } from './outcome.ts';
import { place, type Placed } from './place.ts';
import type { Standing, World } from '../world.ts';

export interface Cell {
  /** Unique among all cells that one world sees. */
  number: number;
  row: Row;
  column: ColumnName;
  /** `healed`: it fails once. `never`: until a person sees it stopped, mends it and retries. */
  ending: 'healed' | 'never';
}

export const titleOf = ({ row, column, ending }: Cell) => `${row.operation} × ${column} × ${ending}`;

export async function runCell(world: World, cell: Cell): Promise<void> {
  const { row, ending } = cell;
  const column: Column = columns[cell.column];
  const seconds = column.slow ? 200 : 90;
  const { sandbox } = world.system;
  const placed = await place(world, row.journey, cell.number);
  const fault = await strike(world, cell, aboutOf(row, placed));
  await placed.begin();
  const lasts = ending === 'never' || column.kind === 'refusal';
  const step = lasts ? stopsAt(row, cell.column, column.kind) : null;
  if (step !== null) {
    const stopped = await drive(world, placed, seconds, true);
    await expectStopped(world, placed, stopped, {
      operation: row.operation,
      step,
      spent: placed.spent,
      column,
      fault: fault.id,
    });
    await sandbox.clearFaults(fault.id);
    await world.act(placed.orderId, 'retry');
  }
  await drive(world, placed, seconds, false);
  await expectDone(world, placed);
  if (step === null) await expectHit(world, fault.id);
  await sandbox.clearFaults(fault.id);
}

/** Rates are asked for without the recipient's name. */
function aboutOf({ operation }: Row, { name, street, about }: Placed): string {
  if (operation === 'ups.rate') return street;
  return operation.startsWith('ups.') ? name : about;
}

/** A fault that nothing ran into proves nothing. */
async function expectHit(world: World, id: number): Promise<void> {
  const fault = (await world.system.sandbox.faults()).find((one) => one.id === id);
  if (!fault || fault.hits === 0) throw new Error('the call was never made');
}

function strike(world: World, { row, column, ending }: Cell, about: string): Promise<Fault> {
  const fault: FaultRequest = { ...columns[column].fault, operation: row.operation, about };
  const lasts = ending === 'never' || columns[column].kind === 'refusal';
  return world.system.sandbox.fault(lasts ? fault : { ...fault, times: 1 });
}

/** Takes the order along its way until it is over or, where that is wished, stops. Either is an error otherwise. */
async function drive(world: World, placed: Placed, seconds: number, stops: boolean): Promise<Standing> {
  const isOver = ({ stage, conditions }: Standing) => stage === placed.end && conditions.length === 0;
  const isStopped = ({ attention }: Standing) => attention.some(({ id }) => !placed.answered.has(id));
  for (;;) {
    const [next] = placed.steps;
    const isNext = (order: Standing) => next?.when(order) ?? false;
    const wished = (order: Standing) => isOver(order) || isStopped(order) || isNext(order);
    const what = stops ? 'stopped' : placed.end;
    const order = await world.once(placed.orderId, what, wished, seconds);
    if (isStopped(order) || isOver(order)) {
      if (isStopped(order) !== stops) throw new Error(`not ${what}: ${JSON.stringify(order)}`);
      for (const { id } of order.attention) placed.answered.add(id);
      return order;
    }
    placed.steps.shift();
    await next!.act(order);
  }
}
