import type { ProbePlan } from "./probe-protocol.ts";

/** A plan for tests on loopback, of which Linux has all of 127.0.0.0/8: no router, and everything let out. */
export function loopbackPlan(reflector: ProbePlan["reflector"], changed: Partial<ProbePlan> = {}): ProbePlan {
  const [first = 0, second = 0] = reflector.ports;
  return {
    reflector,
    hosts: ["127.0.1.1", "127.0.1.2"],
    gateway: "127.0.1.3",
    proxyPort: null,
    pace: { copies: 6, gapMs: 0, patienceMs: 200 },
    udpPorts: [first, second],
    tcpPorts: [first, second].map((port) => ({ port, isTls: false })),
    checks: reflector.ports.flatMap((port) => [
      { flow: { protocol: "udp", port, isTls: false }, via: "direct", expected: "passed" },
      { flow: { protocol: "tcp", port, isTls: false }, via: "direct", expected: "passed" },
    ]),
    lifetimeMs: null,
    ...changed,
  };
}
