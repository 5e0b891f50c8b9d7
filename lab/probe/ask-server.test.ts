import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, expect, it } from "vitest";
import { askServer } from "./ask-server.ts";

const cleanups: (() => unknown)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** Takes everything and says nothing. */
async function silence() {
  const counted = { datagrams: 0, connections: 0 };
  const udp = createSocket("udp4").on("message", () => {
    counted.datagrams += 1;
  });
  udp.bind(0, "127.0.0.1");
  await once(udp, "listening");
  const tcp = createServer((socket) => {
    counted.connections += 1;
    socket.on("error", () => {});
    socket.resume();
  });
  tcp.listen(0, "127.0.0.1");
  await once(tcp, "listening");
  cleanups.push(
    () => udp.close(),
    () => tcp.close(),
  );
  const address = "127.0.0.1";
  const at = tcp.address();
  if (at === null || typeof at === "string") throw new Error("no port");
  const targets = [
    { address, port: udp.address().port, transport: "udp" as const, url: "turn:silent" },
    { address, port: at.port, transport: "tcp" as const, url: "turn:silent?transport=tcp" },
    { address, port: at.port, transport: "tls" as const, url: "turns:silent" },
  ];
  return { targets, counted };
}

it("comes to an end against a server that says nothing, having sent little, and calls nothing of it weak", async () => {
  const { targets, counted } = await silence();
  const limits = { timeoutMs: 100, rtoMs: 40, groupMs: 2_000 };
  const startedAt = performance.now();
  const results = await askServer({
    targets,
    credential: { username: "alice", password: "open-sesame" },
    secret: "s3cret-one",
    holdMs: 10,
    limits,
  });
  expect(performance.now() - startedAt).toBeLessThan(8_000);
  expect(counted.datagrams).toBeLessThan(80);
  expect(counted.connections).toBeLessThan(20);
  expect(results.filter(({ verdict }) => verdict === "weak").map(({ id }) => id)).toEqual([]);
  const byId = Object.fromEntries(results.map((result) => [result.id, result]));
  expect(byId["allocate-without-credentials"]).toMatchObject({ verdict: "unclear", observed: "none" });
  expect(byId["allocate-wrong-password"]).toMatchObject({ verdict: "not-asked" });
  expect(byId["peer-10.0.0.1"]).toMatchObject({ verdict: "not-asked" });
  expect(byId["rfc3489-binding"], "silence of one that never answers says nothing").toMatchObject({
    verdict: "not-asked",
  });
  expect(byId["tls-chain"]).toMatchObject({ verdict: "not-asked", why: expect.stringContaining("no TLS") });
  expect(/open-sesame|s3cret-one/.test(JSON.stringify(results)), "a secret in a result").toBe(false);
});
