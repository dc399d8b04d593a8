import './global-setup.ts';

export default async function globalTeardown(): Promise<void> {
  const environment = globalThis.orderloomTestEnvironment;
  await Promise.all([environment?.postgres.stop(), environment?.temporal.stop()]);
}
