/**
 * Runs one session. VUs count from 1, iterations from 0, as in k6. A session's fault is its outcome; a rejection is the
 * lab's, and ends the load.
 */
export type Iterate = (vu: number, iteration: number) => Promise<void>;
