import { expect, it } from "vitest";
import { assertBrowsersFit } from "./browser-memory.ts";
import type { PeerEngine } from "./model/engine.ts";
import type { EngineInfo } from "./model/events.ts";

const engine = (gibibytes: number): EngineInfo => ({
  version: "28",
  apiVersion: "1.51",
  kernel: "6",
  os: "linux",
  architecture: "x86_64",
  cgroupVersion: "2",
  cpus: 2,
  memoryBytes: gibibytes * 2 ** 30,
});
const peers = (count: number, engine?: PeerEngine) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `peer-${index}`,
      { behind: "internet", iceServers: [], ...(engine ? { engine } : {}) },
    ]),
  );

it("refuses a lab whose browsers would not fit, and counts nobody else", () => {
  expect(() => assertBrowsersFit(peers(20, "chromium"), engine(8))).not.toThrow();
  expect(() => assertBrowsersFit({ ...peers(60, "firefox") }, engine(8))).toThrow(
    /^60 browsers need about 23\.9 GiB of memory, and the engine's machine has 8\.0 GiB: .*--peers werift$/,
  );
  expect(() => assertBrowsersFit(peers(60), engine(1))).not.toThrow();
  expect(() => assertBrowsersFit(peers(60, "werift"), engine(1))).not.toThrow();
});
