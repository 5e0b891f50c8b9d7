import { defineFailure, type Scenario } from "../../lab/index.ts";
import { connects, dropsWith } from "./_calls.ts";

const first = { server: "first", urls: ["udp" as const] };
const iceServers = [first, { server: "second", urls: ["udp" as const] }];

const broken: Scenario = {
  description: "A TURN server is killed in mid-call, and nobody does anything about the silence.",
  topology: {
    routers: { near: { nat: "symmetric" }, far: { nat: "symmetric" } },
    turnServers: { first: {}, second: {} },
  },
  peers: {
    offerer: { behind: "near", iceServers: [first], transportPolicy: "relay" },
    answerer: { behind: "far", iceServers: [first], transportPolicy: "relay" },
  },
  load: { executor: "per-vu-iterations", vus: 3, iterations: 1 },
  traffic: { messageBytes: 200, messagesPerSecond: 20, durationMs: 10_000 },
  changes: [{ atMs: 5_000, server: "first", becomes: "killed" }],
  ...dropsWith("turn_server_lost"),
};

export default defineFailure({
  field: "F32",
  broken,
  repaired: {
    ...broken,
    description: "A second server in the list, and calls that fall silent restart ICE.",
    peers: {
      offerer: { ...broken.peers.offerer, iceServers },
      answerer: { ...broken.peers.answerer, iceServers },
    },
    recovery: { by: "ice-restart", afterSilenceMs: 1_000 },
    ...connects,
  },
});
