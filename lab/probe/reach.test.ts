import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { reachUrl } from "./reach.ts";

const limits = { timeoutMs: 200, rtoMs: 50, groupMs: 1_000 };
const credential = { username: "alice", password: "open-sesame" };

it("stops at a name that leads nowhere, before anything is sent", async () => {
  const resolve = async () => {
    throw Object.assign(new Error("getaddrinfo ENOTFOUND turn.lab.test"), { code: "ENOTFOUND" });
  };
  const { reach, target } = await reachUrl("turn:turn.lab.test", { credential, limits, resolve });
  expect(reach).toMatchObject({ addresses: [], failed: { step: "resolve", code: "ENOTFOUND" }, connectMs: null });
  expect(target).toBeNull();
});

it("stops at a port that is closed", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = server.address();
  server.close();
  await once(server, "close");
  const port = at !== null && typeof at === "object" ? at.port : 0;
  const { reach } = await reachUrl(`turn:127.0.0.1:${port}?transport=tcp`, { credential, limits });
  expect(reach).toMatchObject({ resolveMs: null, failed: { step: "connect", code: "turn_connect_failed" } });
});

it("says when nothing answers, and waits no longer than it may", async () => {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const startedAt = performance.now();
  for (const [url, step] of [
    [`stun:127.0.0.1:${socket.address().port}`, "stun"],
    [`turn:127.0.0.1:${socket.address().port}`, "allocate"],
  ] as const) {
    const { reach } = await reachUrl(url, { credential, limits });
    expect(reach).toMatchObject({ failed: { step, code: "turn_no_answer" }, mapped: null, allocateMs: null });
  }
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  socket.close();
});
