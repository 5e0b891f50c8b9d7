/** When the packets of an exchange passed the router, as far as it is certain; by the monotonic clock, in ms. */
export type Exchange = {
  /** None had passed before. */
  begunAt: number;
  /** The last one passed no earlier. */
  lastSentAt: number;
  /** All had passed by then: something that was sent behind them had been answered. */
  overAt: number;
};

export type IdleTime = { atLeastMs: number; atMostMs: number };

/** How long a mapping had nothing to do between two exchanges, whenever the machine stalled meanwhile. */
export function idleBetween(before: Exchange, after: Exchange): IdleTime {
  return { atLeastMs: after.begunAt - before.overAt, atMostMs: after.overAt - before.lastSentAt };
}
