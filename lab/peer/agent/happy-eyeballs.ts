/** RFC 8305 section 5: Connection Attempt Delay. */
export const ATTEMPT_DELAY_MS = 250;

/**
 * Runs attempts in order of preference, each begun when the one before has failed or has been at it for 250 ms, and
 * resolves with the first that succeeds (RFC 8305, which RFC 8656 section 3.9 asks TURN clients to follow). The others
 * are aborted; what one of them yields all the same goes to `discard`. Rejects with the most preferred one's error.
 */
export async function firstToSucceed<T>(
  attempts: readonly ((signal: AbortSignal) => Promise<T>)[],
  discard: (late: T) => void,
): Promise<T> {
  const won = new AbortController();
  const winner = Promise.withResolvers<T>();
  let isDecided = false;
  const errors: unknown[] = [];
  let delay: NodeJS.Timeout | undefined;

  const begin = (index: number) => {
    const attempt = attempts[index];
    if (!attempt || isDecided) return;
    let hasPassedOn = false;
    const passOn = () => {
      clearTimeout(timer);
      if (!hasPassedOn) begin(index + 1);
      hasPassedOn = true;
    };
    const timer = setTimeout(passOn, ATTEMPT_DELAY_MS);
    delay = timer;
    attempt(won.signal).then(
      (result) => {
        if (isDecided) return discard(result);
        isDecided = true;
        clearTimeout(delay);
        won.abort(new Error("another address was faster"));
        winner.resolve(result);
      },
      (error: unknown) => {
        errors[index] = error;
        passOn();
        if (!isDecided && Object.keys(errors).length === attempts.length) {
          isDecided = true;
          winner.reject(errors[0]);
        }
      },
    );
  };
  begin(0);
  return winner.promise;
}
