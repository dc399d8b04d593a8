/** How calls that come at about the same time are done together. */
export interface Gathering {
  /** How long the first call of a batch waits for others, when nothing is under way. */
  windowMs: number;
  /** Of one batch. */
  most: number;
  /** Batches under way at the same time. */
  beside: number;
}

interface Waiting<Input, Output> {
  input: Input;
  resolve: (output: Output) => void;
  reject: (error: unknown) => void;
}

/**
 * Gathers calls into batches, each done by one call of `work`, which answers in the order of its inputs. Each caller
 * gets its own answer. A batch that fails is done again in two halves, and so on, so that what fails is the one call
 * that can't be done: `work` must do all of a batch or nothing of it. While one waits, nothing is held.
 */
export function gather<Input, Output>(
  work: (inputs: Input[]) => Promise<Output[]>,
  { windowMs, most, beside }: Gathering,
): (input: Input) => Promise<Output> {
  const waiting: Waiting<Input, Output>[] = [];
  let running = 0;
  let timer: NodeJS.Timeout | undefined;

  function pump(): void {
    while (running < beside && waiting.length > 0) {
      const batch = waiting.splice(0, most);
      running += 1;
      void attempt(work, batch).finally(() => {
        running -= 1;
        pump();
      });
    }
  }

  return (input) =>
    new Promise((resolve, reject) => {
      waiting.push({ input, resolve, reject });
      if (running > 0 && waiting.length < most) return; // what is under way takes it on when it ends
      if (waiting.length >= most) return pump();
      timer ??= setTimeout(() => {
        timer = undefined;
        pump();
      }, windowMs);
    });
}

async function attempt<Input, Output>(
  work: (inputs: Input[]) => Promise<Output[]>,
  batch: readonly Waiting<Input, Output>[],
): Promise<void> {
  try {
    const outputs = await work(batch.map(({ input }) => input));
    for (const [index, { resolve }] of batch.entries()) resolve(outputs[index]!);
  } catch (error) {
    if (batch.length === 1) return batch[0]!.reject(error);
    const middle = Math.ceil(batch.length / 2);
    await attempt(work, batch.slice(0, middle));
    await attempt(work, batch.slice(middle));
  }
}
