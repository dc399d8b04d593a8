export { aftercare } from './aftercare.ts';
export { order } from './order.ts';
