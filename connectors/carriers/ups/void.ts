import { z } from 'zod';
import { PartyFailure } from '../../failure.ts';
import { apiVersion, type UpsApi } from './api.ts';

/**
 * Refusals of UPS' developer guide: the time to void is over (190101), no shipment within it (190102), pickup
 * completed (190103), and other reasons why it can't be undone.
 */
const refusals = new Set([
  '190101',
  '190102',
  '190103',
  '190104',
  '190105',
  '190106',
  '190108',
  '190110',
  '190111',
  '190114',
  '190115',
  '190117',
  '190118',
  '190121',
  '190122',
  '190124',
]);

export const voidAnswerSchema = z.object({
  VoidShipmentResponse: z.object({
    SummaryResult: z.object({ Status: z.object({ Code: z.string() }) }),
  }),
});

/**
 * Voids the shipment with all its packages. That it already was voided is told by UPS' words, not its code: to
 * take a refusal for a void would release the stock of a parcel that is on its way.
 */
export async function voidLabel(api: UpsApi, shipmentId: string): Promise<'voided' | 'refused'> {
  try {
    const answer = await api.request({
      method: 'DELETE',
      path: `/api/shipments/${apiVersion}/void/cancel/${encodeURIComponent(shipmentId)}`,
    });
    return answer.json(voidAnswerSchema).VoidShipmentResponse.SummaryResult.Status.Code === '1'
      ? 'voided'
      : 'refused';
  } catch (error) {
    if (!(error instanceof PartyFailure) || error.status === undefined) throw error;
    if (/already been voided/i.test(error.message)) return 'voided';
    if (refusals.has(error.code)) return 'refused';
    throw error;
  }
}
