/** Runs one session. VUs count from 1, iterations from 0, as in k6. Never rejects: a session's fault is its outcome. */
export type Iterate = (vu: number, iteration: number) => Promise<void>;
