/**
 * `npm run bulk:kills [orders=5000]`: so many parked orders are retried by one bulk, whose processes are killed twice
 * meanwhile; each must have been told once, and every result listed. BULK_ORDERS_PER_SECOND is 50 unless set.
 */
const [orders = '5000'] = process.argv.slice(2).map((one) => one.replace(/^orders=/, ''));
if (!/^[1-9]\d*$/.test(orders)) throw new RangeError('npm run bulk:kills [orders=5000]');
process.env['BULK_ORDERS'] = orders;
process.env['BULK_ORDERS_PER_SECOND'] ??= '50';
process.argv.splice(2, Infinity, 'test/faults/bulk.test');
await import('./test.ts');
