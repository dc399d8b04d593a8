export { aftercare } from './aftercare.ts';
export { bulk } from './bulk.ts';
export { order } from './order.ts';
