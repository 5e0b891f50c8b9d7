/** What the harness and the fabric's process say to each other, as JSON lines. Both ends import these types. */

export type ExecResult = { code: number; stdout: string; stderr: string };

export type FabricRequest = { id: number } & (
  | { op: "exec"; argv: string[]; stdin?: string; netns?: number }
  | { op: "spawn"; name: string; argv: string[]; netns?: number; ownNetns?: boolean }
  | { op: "write"; name: string; line: string }
  | { op: "kill"; name: string }
  | { op: "guard"; pids: number[] }
  | { op: "sample"; intervalMs: number; targets: SampleTarget[] }
  | { op: "stop-sampling" }
);

export type FabricReply = { id: number; ok: true; result: unknown } | { id: number; ok: false; error: string };

export type FabricEvent =
  | { event: "ready" }
  | { event: "output"; name: string; line: string }
  | { event: "ended"; name: string; code: number | null; stderr: string }
  | { event: "sample"; samples: RawSample[] };

/** A node to sample. `relay`: where its allocations' sockets are, if it is a TURN server. */
export type SampleTarget = {
  name: string;
  pid: number;
  relay?: { address: string; minPort: number; maxPort: number };
};

/** Counters as the kernel gives them, since they began; rates are the reader's. */
export type RawSample = {
  name: string;
  /** Monotonic. */
  atMs: number;
  cpuMicroseconds: number;
  memoryBytes: number;
  rxBytes: number;
  txBytes: number;
  rxPackets: number;
  txPackets: number;
  udpReceiveBufferErrors: number;
  /** Relay sockets open; null where the target has no relay. */
  allocations: number | null;
};
