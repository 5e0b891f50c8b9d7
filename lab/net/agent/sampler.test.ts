import { describe, expect, it } from "vitest";
import { countRelaySockets } from "./sampler.ts";

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
 1: 0A014D22:0D96 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0
 2: 0A014D22:C000 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0
 3: 0A014D22:FFFF 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0
 4: 0100007F:C001 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0
`;

describe("countRelaySockets", () => {
  it("counts sockets on the relay address and range only: neither the listener nor another address", () => {
    expect(countRelaySockets(table, { address: "34.77.1.10", minPort: 49152, maxPort: 65535 })).toBe(2);
    expect(countRelaySockets(table, { address: "34.77.1.10", minPort: 49152, maxPort: 49152 })).toBe(1);
    expect(countRelaySockets(table, { address: "34.77.1.11", minPort: 49152, maxPort: 65535 })).toBe(0);
  });
});
