import { describe, expect, it } from "vitest";
import { candidatePriority, comparePairs } from "./priority.ts";

describe("candidatePriority", () => {
  it("follows RFC 8445 section 5.1.2.1 for the first host candidate", () => {
    expect(candidatePriority("host", 0)).toBe(2_130_706_431);
  });

  it("orders host, srflx, and relays by the transport to the server", () => {
    const ordered = (["host", "srflx", "udp", "tcp", "tls"] as const).map((type) => candidatePriority(type, 0));
    expect(ordered).toEqual(ordered.toSorted((a, b) => b - a));
    expect(new Set(ordered).size).toBe(5);
  });

  it("never lets the order of URLs outweigh the type", () => {
    expect(candidatePriority("udp", 1_000)).toBeGreaterThan(candidatePriority("tcp", 0));
  });
});

describe("comparePairs", () => {
  const pair = (local: number, remote: number) => ({
    localCandidate: { priority: local },
    remoteCandidate: { priority: remote },
  });

  it("lets the lower of the two priorities decide first", () => {
    expect(comparePairs(pair(100, 1), pair(2, 2), true)).toBeGreaterThan(0);
  });

  it("gives both agents the same order", () => {
    const pairs = [pair(5, 3), pair(3, 5), pair(4, 4), pair(9, 1)];
    const controlling = pairs.toSorted((a, b) => comparePairs(a, b, true));
    const swapped = pairs.map((p) => ({ localCandidate: p.remoteCandidate, remoteCandidate: p.localCandidate }));
    const controlled = swapped.toSorted((a, b) => comparePairs(a, b, false));
    expect(controlled.map((p) => [p.remoteCandidate.priority, p.localCandidate.priority])).toEqual(
      controlling.map((p) => [p.localCandidate.priority, p.remoteCandidate.priority]),
    );
  });
});
