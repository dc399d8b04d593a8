/**
 * A process that reserves: its arguments are the database's URL and how many attempts go beside each other. Each
 * message is a list of order ids; it answers with what became of them and waits for the next.
 */
import { reserve } from '../../activities/reserve.ts';
import { Refusal } from '../../activities/failure.ts';
import { openDatabase } from '../../db/database.ts';

export interface Reservations {
  reserved: number;
  /** Sentences of the refusals, with how often each was said. */
  refused: Record<string, number>;
  /** What never may happen. */
  failed: string[];
}

const [, , url, beside] = process.argv;
const orm = await openDatabase(url!, 4);

process.on('message', (ids: string[]) => void answer(ids));
process.once('disconnect', () => void orm.close(true).then(() => process.exit(0)));
process.send!('ready');

async function answer(ids: string[]): Promise<void> {
  const outcome: Reservations = { reserved: 0, refused: {}, failed: [] };
  const left = ids.values();
  const lane = async () => {
    for (const orderId of left) await attempt(orderId, outcome);
  };
  await Promise.all(Array.from({ length: Number(beside) }, lane));
  process.send!(outcome);
}

async function attempt(orderId: string, outcome: Reservations): Promise<void> {
  try {
    const { reserved } = await reserve({ orm }, { orderId, generation: 1 });
    if (reserved) outcome.reserved += 1;
    else outcome.failed.push('queued');
  } catch (error) {
    if (!(error instanceof Refusal)) return void outcome.failed.push(String(error));
    outcome.refused[error.message] = (outcome.refused[error.message] ?? 0) + 1;
  }
}
