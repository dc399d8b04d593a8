import { lookAfter } from './aftercare.ts';
import * as announcing from './announce.ts';
import { capture, type CaptureInput } from './capture.ts';
import * as changes from './changes.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './failure.ts';
import { buyLabel, type LabelInput } from './labels.ts';
import * as lifecycle from './lifecycle.ts';
import { reconcile, type ReconcileInput } from './money.ts';
import { payBack, type PayBackInput, refundAll, type RefundInput } from './pay-back.ts';
import { capturePayment, type PaymentInput, readPayment } from './payments.ts';
import * as quotes from './quotes.ts';
import * as reroute from './reroute.ts';
import { reserve } from './reserve.ts';
import { review, type ReviewInput } from './review.ts';
import * as shipping from './shipping.ts';
import * as stock from './stock.ts';
import * as storefront from './storefront.ts';
import { voidLabel, type VoidInput } from './void-label.ts';

/** Every step of an order's way and every undo, by the name that stands in the histories. */
export function createActivities(deps: ActivityDeps) {
  return guarded(deps, {
    capture: (input: CaptureInput) => capture(deps, input),
    fetchOrder: (input: storefront.FetchInput) => storefront.fetchOrder(deps, input),
    review: (input: ReviewInput) => review(deps, input),

    reserve: (input: stock.StockInput) => reserve(deps, input),
    allocate: (input: stock.StockInput) => stock.allocate(deps, input),
    reclaim: (input: reroute.FulfillmentInput) => reroute.reclaim(deps, input),
    giveUp: (input: reroute.FulfillmentInput) => reroute.giveUp(deps, input),
    goOn: (input: reroute.FulfillmentInput) => reroute.goOn(deps, input),
    move: (input: reroute.MoveInput) => reroute.move(deps, input),
    giveBack: (input: reroute.GiveBackInput) => reroute.giveBack(deps, input),
    release: (input: stock.ReleaseInput) => stock.release(deps, input),

    listCarriers: (input: { orderId: string }) => quotes.listCarriers(deps, input),
    quote: (input: quotes.QuoteInput) => quotes.quote(deps, input),
    chooseService: (input: shipping.ChooseInput) => shipping.chooseService(deps, input),
    buyLabel: (input: LabelInput) => buyLabel(deps, input),
    voidLabel: (input: VoidInput) => voidLabel(deps, input),

    announce: (input: announcing.AnnounceInput) => announcing.announce(deps, input),
    withdraw: (input: announcing.WithdrawInput) => announcing.withdraw(deps, input),

    handOver: (input: stock.HandOverInput) => stock.handOver(deps, input),
    deliver: (input: stock.DeliverInput) => stock.deliver(deps, input),

    readPayment: (input: PaymentInput) => readPayment(deps, input),
    capturePayment: (input: PaymentInput) => capturePayment(deps, input),
    reconcile: (input: ReconcileInput) => reconcile(deps, input),
    cancelInStore: (input: storefront.CancelInStoreInput) => storefront.cancelInStore(deps, input),
    refundAll: (input: RefundInput) => refundAll(deps, input),

    payBack: (input: PayBackInput) => payBack(deps, input),

    applyChange: (input: changes.ChangeInput) => changes.applyChange(deps, input),
    tellChange: (input: changes.TellInput) => changes.tellChange(deps, input),
    lookAfter: (input: { orderId: string }) => lookAfter(deps, input),
    settleChange: (input: changes.SettleInput) => changes.settleChange(deps, input),

    setStanding: (input: lifecycle.StandingInput) => lifecycle.setStanding(deps, input),
    openAttention: (input: lifecycle.AttentionInput) => lifecycle.openAttention(deps, input),
    resolveAttention: (input: lifecycle.ResolveInput) => lifecycle.resolveAttention(deps, input),
    note: (input: lifecycle.NoteInput) => lifecycle.note(deps, input),
    bury: (input: lifecycle.BuryInput) => lifecycle.bury(deps, input),
    end: (input: lifecycle.EndInput) => lifecycle.end(deps, input),
  });
}

export type Activities = ReturnType<typeof createActivities>;
