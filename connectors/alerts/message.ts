/** One alert to one receiver. */
export interface AlertMessage {
  /** Of this delivery: the same in every attempt, so a receiver can tell a repetition. */
  id: string;
  /** RFC 3339 UTC: when the alert was opened. */
  at: string;
  /** For people. */
  title: string;
  text: string;
  /** For programs. */
  data: Readonly<Record<string, unknown>>;
}
