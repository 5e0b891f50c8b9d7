import type { UplinkPort, UplinkTraffic } from "../../model/outside-server.ts";

/** What the outer end of an uplink is told once, as its only argument; nothing can change it later. */
export type UplinkOuterSettings = {
  /** The Unix socket on which it waits for the inner end, the only one that it ever takes. */
  socket: string;
  /** The one address, and the ports there, that sockets are opened to. */
  address: string;
  ports: UplinkPort[];
};

export type UplinkInnerSettings = { socket: string; ports: UplinkPort[] };

/** Both ends are asked over JSON lines; see probe-protocol.ts. */
export type UplinkInnerOperations = {
  /** Answered when all ports are listened on. */
  listening: { command: object; result: object };
};

export type UplinkOuterOperations = {
  /** Answered when the socket waits for the inner end. */
  ready: { command: object; result: object };
  count: { command: object; result: { ports: UplinkTraffic[]; open: number; lastError: string | null } };
};
