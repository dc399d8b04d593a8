import { bundleWorkflows } from '../../workers/workers.ts';
import { fakeActivities } from './workflow-activities.ts';
import { fakeOrder, stepsOf, effectsOf, tell, letGo } from './workflow-order.ts';
import { startTestServer, startWorkers, identity } from './workflow-server.ts';
import { orderQueue, cancelUpdate } from '../../workflows/contracts.ts';
const t0 = Date.now(); const log = (...a: unknown[]) => console.log(Date.now() - t0, ...a);

import { startTemporal } from '../../scripts/embedded/temporal.ts';
import { Connection, Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
const t = await startTemporal();
const client = new Client({ connection: await Connection.connect({ address: t.address }) });
const bundle = await bundleWorkflows();
const h = fakeOrder('2'), d = fakeOrder('3'), e = fakeOrder('4'); const orders = new Map([h, d, e].map((x) => [x.input.orderId, x]));
tell(h, 'buyLabel', 'hang'); tell(d, 'allocate', 'hang'); e.always.set('allocate', 'fail');
const w = await startWorkers(await NativeConnection.connect({ address: t.address }), bundle, fakeActivities(orders)); log('workers');
const start = (x: typeof h) => client.workflow.signalWithStart('order', { taskQueue: orderQueue, workflowId: x.workflowId, args: [x.input], signal: 'mail' });
const until = async (f: () => boolean) => { while (!f()) await new Promise((r) => setTimeout(r, 20)); };
for (const [o, step] of [[h, 'buyLabel'], [d, 'allocate'], [e, 'allocate']] as const) {
const b = await start(o);
await until(() => o.hanging.has(step) || o.calls.filter((c) => c.step === step).length >= 6); log(step);
await b.executeUpdate(cancelUpdate, { args: [{ actor: 'x', reason: 'y' }] }); log('cancel accepted');
log(await b.result(), stepsOf(o)); 
}
await w.stop(); await t.stop(); process.exit();
