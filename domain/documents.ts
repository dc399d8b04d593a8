/** What may become of the documents of a warehouse: from which states each thing is possible, and what it leads to. */
export type Transitions<State extends string, Action extends string> = Readonly<
  Record<Action, { from: readonly State[]; to?: State }>
>;

export const purchaseOrderActions = {
  change: { from: ['draft'] },
  order: { from: ['draft'], to: 'ordered' },
  /** More may come than was ordered, also after all of it came. */
  receive: { from: ['ordered', 'partially_received', 'received'] },
  /** The rest never comes; of a draft: nothing of it was wanted after all. */
  close: { from: ['draft', 'ordered', 'partially_received', 'received'], to: 'closed' },
} as const satisfies Transitions<
  'draft' | 'ordered' | 'partially_received' | 'received' | 'closed',
  'change' | 'order' | 'receive' | 'close'
>;

export const transferActions = {
  send: { from: ['draft'], to: 'in_transit' },
  receive: { from: ['in_transit'] },
  /** The rest is lost; of a draft: nothing was sent. */
  close: { from: ['draft', 'in_transit', 'received'], to: 'closed' },
} as const satisfies Transitions<
  'draft' | 'in_transit' | 'received' | 'closed',
  'send' | 'receive' | 'close'
>;

export const countActions = {
  count: { from: ['open'] },
  submit: { from: ['open'], to: 'review' },
  recount: { from: ['review'], to: 'open' },
  approve: { from: ['review'], to: 'approved' },
  cancel: { from: ['open', 'review'], to: 'cancelled' },
} as const satisfies Transitions<
  'open' | 'review' | 'approved' | 'cancelled',
  'count' | 'submit' | 'recount' | 'approve' | 'cancel'
>;

/** The document is in a state in which this is not possible; `possible` is what is. */
export class NotInState extends Error {
  override readonly name = 'NotInState';
  readonly possible: string[];

  constructor(message: string, possible: string[]) {
    super(message);
    this.possible = possible;
  }
}

/** Throws `NotInState`, in words for people, where the action is not possible in this state. */
export function requireState<Action extends string>(
  what: string,
  state: string,
  actions: Transitions<string, Action>,
  action: Action,
): void {
  if (actions[action].from.includes(state)) return;
  const possible = (Object.keys(actions) as Action[]).filter((name) => actions[name].from.includes(state));
  const instead = possible.length > 0 ? `possible: ${possible.join(', ')}` : 'that is final';
  throw new NotInState(`${what} is ${state.replaceAll('_', ' ')}; ${instead}`, possible);
}
