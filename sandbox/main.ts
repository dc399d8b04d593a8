import { createSandbox } from './sandbox.ts';

/** SANDBOX_PORT (4010), SANDBOX_STATE (a file; in memory unless given). */
const sandbox = await createSandbox({
  port: Number(process.env['SANDBOX_PORT'] ?? 4010),
  ...(process.env['SANDBOX_STATE'] ? { statePath: process.env['SANDBOX_STATE'] } : {}),
});

async function stop(): Promise<void> {
  await sandbox.close();
  process.exit(0);
}

process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => void stop());
// A parent that dies without a word leaves no sandbox behind.
process.once('disconnect', () => void stop());

if (process.send) process.send({ ready: true, url: sandbox.url });
else console.log(`sandbox at ${sandbox.url}`);
