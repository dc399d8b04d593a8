/** What a workflow's history says that it did, without what for: the shape that the no-op repeats. */
import proto, { type temporal } from '@temporalio/proto';

export type Move =
  | { kind: 'local' }
  | { kind: 'upsert' }
  | { kind: 'timer' }
  /** Goes on when so many signals in all have come. */
  | { kind: 'signals'; count: number }
  /** Under way together. */
  | { kind: 'remote'; parties: string[]; tells: boolean };

export interface Plan {
  moves: Move[];
  /** Signals that come before the storefront is told, the one that starts it included; and those that it answers with. */
  before: number;
  echoes: number;
  /** Of the real order. */
  counts: Record<'workflowTasks' | 'local' | 'remote' | 'signals' | 'upserts' | 'timers' | 'events', number>;
}

const types = proto.temporal.api.enums.v1.EventType;
type Event = temporal.api.history.v1.IHistoryEvent;

/** `party`: of which outside party a task queue is. */
export function planOf(history: temporal.api.history.v1.IHistory, party: (queue: string) => string): Plan {
  const events = history.events ?? [];
  const of = (type: number) => events.filter((event) => event.eventType === type).length;
  const moves: Move[] = [];
  let signals = 0;
  let before = 0;
  let task = '';
  for (const event of events) {
    const move = moveOf(event, signals + 1, party);
    if (!move) continue;
    if (move.kind === 'signals') signals++;
    const scheduledIn = String(
      event.activityTaskScheduledEventAttributes?.workflowTaskCompletedEventId ?? '',
    );
    const last = moves.at(-1);
    if (move.kind === 'remote' && last?.kind === 'remote' && scheduledIn === task) {
      last.parties.push(...move.parties);
      last.tells ||= move.tells;
    } else moves.push(move);
    if (move.kind === 'remote') task = scheduledIn;
    if (move.kind === 'remote' && move.tells) before = signals;
  }
  return {
    moves,
    before,
    echoes: signals - before,
    counts: {
      workflowTasks: of(types.EVENT_TYPE_WORKFLOW_TASK_COMPLETED),
      local: of(types.EVENT_TYPE_MARKER_RECORDED),
      remote: of(types.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED),
      signals,
      upserts: of(types.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES),
      timers: of(types.EVENT_TYPE_TIMER_STARTED),
      events: events.length,
    },
  };
}

function moveOf(event: Event, count: number, party: (queue: string) => string): Move | null {
  const type = event.eventType;
  if (type === types.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED) return { kind: 'signals', count };
  if (type === types.EVENT_TYPE_MARKER_RECORDED) return { kind: 'local' };
  if (type === types.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES) return { kind: 'upsert' };
  if (type === types.EVENT_TYPE_TIMER_STARTED) return { kind: 'timer' };
  if (type !== types.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED) return null;
  const { taskQueue, activityType } = event.activityTaskScheduledEventAttributes!;
  return {
    kind: 'remote',
    parties: [party(taskQueue?.name ?? '')],
    tells: activityType?.name === 'announce',
  };
}
