/**
 * `npm run chaos [runs=500] [seed=1]`: so many runs of twenty orders each against one system of its own, with random
 * faults, cancels and edits, and SIGKILLs of worker and API all the while; then all is mended, and every order is held
 * against what the shops, the carrier and the provider say. CHAOS_FIRST=17 with one run repeats the run 17,
 * CHAOS_BESIDE is how many are under way at once, CHAOS_SUMMARY a file for the summary.
 */
const given = process.argv.slice(2).map((one) => one.replace(/^(runs|seed)=/, ''));
const [runs = '500', seed = '1'] = given;
if (![runs, seed].every((one) => /^\d+$/.test(one)))
  throw new RangeError('npm run chaos [runs=500] [seed=1]');
process.env['CHAOS_RUNS'] = runs;
process.env['CHAOS_SEED'] = seed;
process.env['CHAOS_BESIDE'] ??= '20';
process.argv.splice(2, given.length, 'test/faults/chaos');
await import('./test.ts');
