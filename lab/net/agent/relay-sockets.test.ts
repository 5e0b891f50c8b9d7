import { describe, expect, it } from "vitest";
import { countRelaySockets, RelaySockets } from "./relay-sockets.ts";

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

describe("RelaySockets", () => {
  it("reads a table that takes long no more than it may, and counts on by the number of sockets", () => {
    const relay = { address: "34.77.1.10", minPort: 49152, maxPort: 65535 };
    let reads = 0;
    let inUse = 4;
    const slowTable = () => {
      reads++;
      const until = performance.now() + 20;
      while (performance.now() < until);
      return table;
    };
    const sockets = new RelaySockets(relay, {
      table: slowTable,
      summary: () => `TCP: inuse 9\nUDP: inuse ${inUse} mem 0\n`,
    });
    expect(sockets.count()).toBe(2);
    inUse = 1004;
    expect(sockets.count()).toBe(1002);
    inUse = 0;
    expect(sockets.count()).toBe(0);
    expect(reads).toBe(1);
  });

  it("counts none twice that came while the table was read", () => {
    const relay = { address: "34.77.1.10", minPort: 49152, maxPort: 65535 };
    const row = (port: number) =>
      ` 9: 0A014D22:${port.toString(16).toUpperCase()} 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 1 2 0 0\n`;
    let inUse = 4;
    const sockets = new RelaySockets(relay, {
      table: () => {
        // A hundred allocations while it is printed; of half of them it has passed the place.
        inUse += 100;
        const until = performance.now() + 5;
        while (performance.now() < until);
        return table + Array.from({ length: 50 }, (_, index) => row(50_000 + index)).join("");
      },
      summary: () => `UDP: inuse ${inUse} mem 0\n`,
    });
    expect(sockets.count()).toBe(102);
    expect(sockets.count()).toBe(102);
    inUse += 7;
    expect(sockets.count()).toBe(109);
  });
});
