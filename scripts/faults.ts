/**
 * `npm run faults`: every call to an outside party × every fault × healed or never, each with an order of its own in one
 * system. The suite runs a chosen part of it. FAULTS_ONLY=`ups.ship` runs what has that in its title, FAULTS_BESIDE is how
 * many orders are under way at once.
 */
process.env['FAULTS'] ??= 'all';
process.argv.splice(2, 0, 'test/faults/matrix');
await import('./test.ts');
