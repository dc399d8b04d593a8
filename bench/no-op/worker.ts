/** A process of its own, as the real worker is: `worker.ts address pool-size party…`. Says each order that was "told". */
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { orderWorkerOptions, partyWorkerOptions } from '../../config/worker-options.ts';

export function noOpActivities(client: Client, told: (at: number) => void) {
  return {
    step: () => Promise.resolve(),
    /** The shop answers with webhooks of its own, which are not waited for. */
    tell: (echoes: number) => {
      const { workflowId } = Context.current().info.workflowExecution!;
      const handle = client.workflow.getHandle(workflowId);
      const signals = Array.from({ length: echoes }, () => handle.signal('mail'));
      void Promise.all(signals).catch((error: unknown) => console.error(error));
      told(Date.now());
      return Promise.resolve();
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));

async function main([address, poolSize, ...parties]: string[]): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const connection = await NativeConnection.connect({ address });
  const client = new Client({ connection: await Connection.connect({ address }) });
  const activities = noOpActivities(client, (at) => process.send?.({ told: at }));
  const common = { connection, activities, shutdownGraceTime: '1s', shutdownForceTime: '2s' } as const;
  const workers = [
    await Worker.create({
      ...common,
      ...orderWorkerOptions(Number(poolSize)),
      taskQueue: 'no-op',
      workflowBundle: await bundleWorkflowCode({
        workflowsPath: fileURLToPath(new URL('./workflow.ts', import.meta.url)),
        logger: new DefaultLogger('ERROR'),
      }),
    }),
  ];
  for (const party of parties)
    workers.push(await Worker.create({ ...common, ...partyWorkerOptions, taskQueue: `no-op-${party}` }));
  const running = Promise.all(workers.map((worker) => worker.run()));
  process.once('disconnect', () => workers.forEach((worker) => worker.shutdown()));
  process.send?.({ ready: true });
  await running;
  await client.connection.close();
  await connection.close();
}
