/** What is wrong with an order that does not move any more, by the outside parties' word and by ours. */
import { type Column, columns } from '../matrix/faults.ts';
import { labelsOf } from '../matrix/place.ts';
import type { Standing, World } from '../world.ts';
import type { Subject } from './subject.ts';

interface Books {
  paid: number;
  given: number;
  claimed: number;
  /** Parcels of live fulfillments, and those with exactly one label. */
  parcels: number;
  labelled: number;
  /** Purchases that may still be sold. */
  open: number;
  /** The shop did not say what it gave back, and that is on the timeline. */
  unread: boolean;
  /** Tracking numbers of which the timeline says that the shop was not told. */
  untold: string[];
}

/** `answered`: of steps that were parked and tried again since all was mended; what parks for the first time may be from before. */
export async function wrongOf(
  world: World,
  subject: Subject,
  order: Standing,
  answered: ReadonlySet<string>,
): Promise<string[]> {
  const { sold } = subject;
  const [seen, books, labels] = await Promise.all([
    sold.look(),
    booksOf(world, order.id),
    labelsAt(world, subject),
  ]);
  const given = seen.refunds.reduce((sum, amount) => sum + amount, 0);
  const over = order.attention.length === 0;
  const wrong: string[] = [];
  const must = (holds: boolean, what: string, facts: object) => {
    if (!holds) wrong.push(`${what}: ${JSON.stringify(facts)}`);
  };
  must(given <= seen.received, 'more was given back than taken', seen);
  // Of what is only recorded nobody reads what was taken, and the shop's refunds are told by its webhooks.
  const recorded = order.disposition === 'record';
  must(recorded || books.given <= books.paid, 'more was given back than taken in the books', books);
  const dead = order.stage === 'cancelled' || order.stage === 'closed';
  must(!dead || books.claimed === 0, 'a dead order claims stock', books);
  for (const { step, reason, lastError } of order.attention)
    must(isTrue(subject, reason, step, answered.has(step)), 'parked with a reason that is not true', {
      step,
      reason,
      lastError,
    });
  if (over) {
    must(same(labels.live, labels.ours), 'paid labels that are not ours', labels);
    must(books.open === 0, 'a purchase without an outcome', books);
    must(books.given === given || books.unread, 'the books differ from the shop', { books, seen });
  }
  if (over && order.stage === 'closed') {
    must(books.parcels === books.labelled && labels.live.length === books.labelled, 'a label too many', {
      books,
      labels,
    });
    // Of an order that was cancelled there while its parcel was on the way, a shop may take no shipment any more.
    const shown = seen.cancelled ? [...seen.shipments, ...books.untold] : seen.shipments;
    if (sold.told) must(same(shown, labels.live), 'the shop shows other shipments', { seen, books, labels });
  }
  if (over && order.stage === 'cancelled') {
    must(labels.live.length === 0, 'a label was paid for and left', labels);
    must(seen.shipments.length === 0, 'the shop shows a shipment', seen);
    must(given === seen.received, 'a cancelled order was not given back', seen);
    must(seen.cancelled, 'not cancelled in the shop', seen);
  }
  return wrong;
}

/** What the books and the parties tell of an order, for who has to find out why it is wrong. */
export async function storyOf(world: World, { sold }: Subject): Promise<object> {
  const rows = (sql: string) => world.sql(sql, [sold.orderId]);
  return {
    audit: await rows(
      `select to_char(at, 'HH24:MI:SS.MS') as at, actor, what, subject, detail from audit where order_id = $1 order by seq`,
    ),
    attention: await rows(
      `select to_char(opened_at, 'HH24:MI:SS.MS') as at, to_char(resolved_at, 'HH24:MI:SS.MS') as resolved, resolution,
              step, reason, last_error from attention where order_id = $1 order by opened_at`,
    ),
    changes: await rows(
      `select id, kind, state, content, amount, actor, to_char(settled_at, 'HH24:MI:SS.MS') as settled
       from order_change where order_id = $1 order by place`,
    ),
    fulfillments: await rows(
      `select f.id, f.generation, f.stage, f.order_version, f.store_external_id, f.tracking_number,
              (select jsonb_agg(jsonb_build_array(l.line_external_id, l.quantity)) from fulfillment_line l
               where l.fulfillment_id = f.id) as lines
       from fulfillment f where f.order_id = $1 order by f.generation, f.position`,
    ),
    lines: await rows(
      `select version, external_id, quantity, to_ship, left_reason from order_line where order_id = $1 order by version, position`,
    ),
    mail: await rows(
      `select to_char(received_at, 'HH24:MI:SS.MS') as at, to_char(applied_at, 'HH24:MI:SS.MS') as applied, topic, state, reason
       from inbox i join orders o on i.source = 'store/' || o.store_id and i.order_external_id = o.external_id
       where o.id = $1 order by i.seq`,
    ),
    seen: await sold.look(),
  };
}

const same = (some: string[], others: string[]) =>
  JSON.stringify(some.toSorted()) === JSON.stringify(others.toSorted());

/** What the party answered with it may have been a refusal of its own. */
const spoilt: ReadonlySet<string> = new Set(['malformed', 'mislabelled']);

const isHeldThere = ({ plan, done }: Subject) => plan.held || done.includes('hold in shop');

/** What a party's fault is said to be the reason of, one has been the reason of. */
function isTrue(subject: Subject, reason: string, step: string, mended: boolean): boolean {
  const { faults, done } = subject;
  // What the shop cancelled and gave back itself can't be given, changed or announced there any more.
  if (done.includes('cancel in shop')) {
    if (reason === 'nothing_left_to_refund' || reason === 'review_refused') return true;
    if (!mended && reason.endsWith('_refused') && ['tell-change', 'announce'].includes(step)) return true;
  }
  if (reason === 'shopify_refused' && step === 'announce' && !mended && isHeldThere(subject)) return true;
  if (reason === 'nothing_left_to_refund') return done.includes('cancel');
  const struck = faults.filter(({ hits }) => hits > 0);
  const kindOf = (fault: (typeof faults)[number]) =>
    Object.values(columns as Record<string, Column>).find(
      (column) => column.fault.fault === fault.fault && column.fault.status === fault.status,
    )!.kind;
  const [, party, how] = /^(\w+)_(unavailable|refused)$/.exec(reason) ?? [];
  // A worker that was killed did not answer, nor does a party that hangs.
  if (reason === 'no_answer') return true;
  if (reason === 'carrier_unavailable')
    return !mended && struck.some(({ operation }) => operation.startsWith('ups.'));
  if (party)
    return (
      !mended &&
      struck.some(
        (fault) =>
          fault.operation.startsWith(`${party}.`) &&
          ((kindOf(fault) === 'refusal') === (how === 'refused') || spoilt.has(fault.fault)),
      )
    );
  if (reason === 'money_differs') return done.includes('cancel in shop') || done.includes('refund');
  return ['late_cancel', 'late_change'].includes(reason) && done.includes('cancel in shop');
}

async function labelsAt(world: World, { sold }: Subject) {
  const labels = await world.ups.labelsTo(sold.name);
  const ours = await world.sql<{ number: string }>(labelsOf, [sold.orderId]);
  return {
    live: labels.filter(({ voided }) => !voided).map(({ trackingNumber }) => trackingNumber),
    ours: ours.map(({ number }) => number),
  };
}

const booksOf = async (world: World, orderId: string) => (await world.sql<Books>(booked, [orderId]))[0]!;

const booked = `
  with parcels as (
    select c.id, f.stage, count(l.id) filter (where l.voided_at is null) as labels,
           count(*) filter (where p.state = 'intended' and p.sent_at is not null) as open
    from parcel c join fulfillment f on f.id = c.fulfillment_id left join label_purchase p on p.parcel_id = c.id
    left join label l on l.purchase_id = p.id where f.order_id = $1 group by c.id, f.stage)
  select (select coalesce(sum(amount), 0)::int from payment where order_id = $1 and kind = 'capture') as paid,
         (select coalesce(sum(amount), 0)::int from refund where order_id = $1 and state = 'done') as given,
         (select coalesce(sum(quantity), 0)::int from claim c
            join reservation r on r.id = c.reservation_id where r.order_id = $1 and c.state = 'open') as claimed,
         (select count(*)::int from parcels where stage <> 'cancelled') as parcels,
         (select count(*)::int from parcels where stage <> 'cancelled' and labels = 1) as labelled,
         (select coalesce(sum(open), 0)::int from parcels) as open,
         exists (select 1 from audit where order_id = $1 and what = 'money_unread') as unread,
         (select coalesce(jsonb_agg(f.tracking_number), '[]') from audit a join fulfillment f on f.id::text = a.subject
          where a.order_id = $1 and a.what = 'store_not_told') as untold`;
