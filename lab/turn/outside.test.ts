import { expect, it } from "vitest";
import type { OutsideServer } from "../model/outside-server.ts";
import { iceServersOf } from "./ice-servers.ts";
import { waitUntilReady } from "./listener-proof.ts";
import { planTurnServers } from "./turn-server.ts";

const outside: OutsideServer = {
  host: "turn.example.org",
  address: "34.1.2.3",
  listeners: [
    { transport: "udp", port: 3478 },
    { transport: "tls", port: 443 },
  ],
};
const credential = { username: "alice", password: "open-sesame" };
const fresh = { username: "lab", password: "fresh" };
const planned = (address: string, hostname?: string) => {
  const spec = { outside, credential, ...(hostname === undefined ? {} : { hostname }) };
  return planTurnServers({ turn: spec }, { nodes: { turn: { interfaces: [{ address }] } } }, fresh);
};

it("peers get the URLs of a server outside, by its name, and its credential", () => {
  const servers = planned("34.1.2.3", "turn.example.org");
  const opened = { username: "alice", credential: "open-sesame" };
  expect(iceServersOf(["turn"], servers)).toEqual([
    { urls: ["stun:turn.example.org:3478"] },
    { urls: ["turn:turn.example.org:3478?transport=udp", "turns:turn.example.org:443?transport=tcp"], ...opened },
  ]);
  expect(iceServersOf([{ server: "turn", urls: ["tls:5349", "tls"] }], servers)).toEqual([
    { urls: ["turns:turn.example.org:443?transport=tcp"], ...opened },
  ]);
});

it("without a name that holds inside, URLs have the address that it has inside", () => {
  expect(iceServersOf([{ server: "turn", urls: ["stun"] }], planned("34.77.1.10"))).toEqual([
    { urls: ["stun:34.77.1.10:3478"] },
  ]);
});

it("is asked where its URLs lead, its certificate by its name and by Node's authorities", async () => {
  const asked: object[] = [];
  const { turn } = planned("34.1.2.3", "turn.example.org");
  if (!turn) throw new Error("no plan");
  const ask = async (target: object) => {
    asked.push(target);
    return { answer: "success" as const, durationMs: 1 };
  };
  await waitUntilReady(turn, undefined, { ask });
  expect(asked).toEqual([
    { address: "34.1.2.3", port: 3478, transport: "udp" },
    { address: "34.1.2.3", port: 443, transport: "tls", servername: "turn.example.org" },
  ]);
});
