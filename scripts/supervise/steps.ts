/** Says what is done and how long it took, one line each; in a terminal also what is being done. */
import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';

export interface Steps {
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
  say(line: string): void;
  /** For terminals: keeps this block below all that is said, in place of the one before. */
  show(block: string): void;
}

export function createSteps(output: NodeJS.WriteStream): Steps {
  const current = new Set<string>();
  const live = createLogUpdate(output, { showCursor: true });
  let block = '';
  const clear = () => output.isTTY && output.write('\r\u001b[K');
  const dim = (text: string) => styleText('dim', text, { stream: output });
  const showCurrent = () => {
    if (!output.isTTY || current.size === 0) return;
    output.write(dim(`  … ${[...current].join(', ')}`.slice(0, (output.columns || 80) - 1)));
  };

  function say(line: string): void {
    if (block) live.clear();
    clear();
    output.write(`${line}\n`);
    showCurrent();
    if (block) live(block);
  }

  function show(next: string): void {
    block = next;
    if (block) live(block);
    else live.clear();
  }

  async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    current.add(name);
    clear();
    showCurrent();
    try {
      const result = await work();
      current.delete(name);
      say(`  ${styleText('green', '✔', { stream: output })} ${name.padEnd(34)} ${dim(took(started))}`);
      return result;
    } catch (error) {
      current.delete(name);
      say(`  ${styleText('red', '✖', { stream: output })} ${name}`);
      throw error;
    }
  }

  return { step, say, show };
}

export const took = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
