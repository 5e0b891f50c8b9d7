/**
 * What happened since the last one, over all workers; `held` is now. Counts are of iterations, also where one has two
 * allocations. Histograms are HdrHistogram's V2 in base64, of microseconds with three significant digits: readers add them up.
 */
export type AllocationMeasure = {
  /** CLOCK_MONOTONIC, of the end of the stretch. */
  atMs: number;
  durationMs: number;
  started: number;
  /** Came as far as to be held: allocated, permitted, bound. */
  allocated: number;
  /**
   * By failure: `turn_486`, `turn_508` and so on as the server answers, `turn_timeout`, `turn_connect_failed`,
   * `turn_tls_failed`; all of them iterations that came to nothing.
   */
  failed: Record<string, number>;
  /** Ended as planned, and lost before (a Refresh refused, a connection closed). */
  ended: number;
  lost: number;
  /** What `lost` is made of, by code as in `failed`; `turn_connection_closed` beside them. */
  lostBy: Record<string, number>;
  /** Told to leave before they were done: by `gracefulStop`, `gracefulRampDown`, `stop`, or a smaller `hold` while they set out. */
  interrupted: number;
  /** Iterations that were due and had no VU. */
  dropped: number;
  held: number;
  /** Each goes there and comes back: to the far peer, or to the far allocation. */
  packetsSent: number;
  bytesSent: number;
  /** That came back, within 2 s. */
  packetsReceived: number;
  bytesReceived: number;
  /** That will not come: nothing within 2 s. */
  packetsLost: number;
  /** Due, and not sent within 20 ms: load that the generator did not produce. */
  packetsSkipped: number;
  /** Datagrams that the generator's own sockets had no room for (RcvbufErrors of its namespace): lost there, not in the server. */
  receiveBufferErrors: number;
  /** From when it was due until it is held, in microseconds. */
  connectTime: string | null;
  /** From the first packet of Allocate until its answer, both round trips. */
  allocateTime: string | null;
  /** Of packets, from when each was due until it came back. */
  roundTrip: string | null;
  /** RFC 3550 section 6.4.1, mean over the streams of all clients; null without packets. */
  jitterMs: number | null;
  /** CPU that it took; 100 is one core. Of the whole process; and of its busiest worker, a single thread, which binds at 100. */
  cpuPercent: number;
  busiestWorkerPercent: number;
  /** Of the worker that waited most: time in which it had something to do and no core to do it on, because others had them. */
  workerWaitPercent: number;
  memoryBytes: number;
};
