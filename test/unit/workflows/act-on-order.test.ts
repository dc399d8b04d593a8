import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure, type Client, WorkflowUpdateFailedError } from '@temporalio/client';
import { actOnOrder } from '../../../workflows/client.ts';
import { NOT_POSSIBLE } from '../../../workflows/contracts.ts';

const failed = (type: string, ...details: unknown[]) =>
  new WorkflowUpdateFailedError(
    'Workflow Update failed',
    ApplicationFailure.nonRetryable('no', type, ...details),
  );

/** A client whose workflow answers in turn; undefined is a yes. */
function clientOf(answers: (Error | undefined)[]) {
  const asked: unknown[] = [];
  const executeUpdate = async (name: string, { updateId }: { updateId: string }) => {
    asked.push([name, updateId]);
    const answer = answers.shift();
    if (answer) throw answer;
  };
  return { asked, client: { workflow: { getHandle: () => ({ executeUpdate }) } } as unknown as Client };
}

const act = (client: Client) => actOnOrder(client, 'order:s:1', 'cancel', { actor: 'a', reason: 'r' }, 'u1');

describe('an Update', () => {
  it('whose answer got lost with its task is sent again, as the same', async () => {
    const { client, asked } = clientOf([failed('UnprocessedUpdate'), failed('UnprocessedUpdate'), undefined]);
    expect(await act(client)).toEqual({ outcome: 'accepted' });
    expect(asked).toEqual([
      ['cancel', 'u1'],
      ['cancel', 'u1'],
      ['cancel', 'u1'],
    ]);
  });

  it('that is refused is not', async () => {
    const { client, asked } = clientOf([failed(NOT_POSSIBLE, { possible: ['hold'] })]);
    expect(await act(client)).toEqual({ outcome: 'refused', message: 'no', possible: ['hold'] });
    expect(asked).toHaveLength(1);
  });

  it('that fails otherwise says so', async () => {
    await expect(act(clientOf([failed('Other')]).client)).rejects.toThrow('Workflow Update failed');
  });
});
