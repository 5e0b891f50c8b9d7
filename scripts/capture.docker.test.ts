import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { SessionFinished } from "../lab/model/events.ts";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { describeDocker } from "../lab/runtime/docker-test.ts";
import { readRunLog } from "../reports/run-log.ts";

/** Of a server that refuses it: those that open one are fresh in each run, and nobody knows them. */
const PASSWORD = "pa55word-of-the-test";

const SCENARIO = `export default {
  description: "Chromium calls Firefox over a TURN server.",
  topology: {
    routers: { near: { nat: "symmetric" }, far: { nat: "symmetric" } },
    turnServers: { turn: {}, refusing: { credential: { username: "alice", password: "${PASSWORD}" } } },
  },
  peers: {
    offerer: { behind: "near", iceServers: ["turn", "refusing"], engine: "chromium" },
    answerer: { behind: "far", iceServers: ["turn", "refusing"], engine: "firefox" },
  },
  load: { executor: "per-vu-iterations", vus: 1, iterations: 2 },
  expectedPath: "relayed",
};`;

type WebrtcInternals = {
  UserAgent: string;
  getUserMedia: unknown[];
  PeerConnections: Record<string, { rtcConfiguration: string; updateLog: { type: string; value: string }[] }>;
};

describeDocker("--capture", () => {
  it("keeps the dump of each browser, with the candidates of both ends of every call, and no password", async () => {
    const folder = mkdtempSync(join(tmpdir(), "turnlab-"));
    const [file, out] = [join(folder, "captured.ts"), join(folder, "run")];
    writeFileSync(file, SCENARIO);
    const args = ["run", file, "--capture", "--out", out];
    const child = spawn(join(PROJECT_ROOT, "turnlab"), args, { stdio: ["ignore", "ignore", "inherit"] });
    onTestFinished(() => {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    });
    await once(child, "close");
    const calls = readRunLog(join(out, "run.jsonl")).filter(
      (event): event is SessionFinished => event.type === "session_finished",
    );
    expect(calls.map(({ outcome }) => outcome)).toEqual(["connected", "connected"]);
    const dump = (name: string) => readFileSync(join(out, "dumps", name), "utf8");
    const ofChromium = dump("captured.offerer.webrtc-internals.json");
    const ofFirefox = dump("captured.answerer.about-webrtc.html");

    const { UserAgent, getUserMedia, PeerConnections } = JSON.parse(ofChromium) as WebrtcInternals;
    expect(UserAgent).toContain("Chrome/");
    expect(getUserMedia).toEqual([]);
    expect(Object.values(PeerConnections)).toHaveLength(calls.length);
    for (const { rtcConfiguration } of Object.values(PeerConnections)) expect(rtcConfiguration).toContain("turn:");
    const updates = Object.values(PeerConnections).flatMap(({ updateLog }) => updateLog);
    const told = (type: string) => updates.flatMap((update) => (update.type === type ? [update.value] : [])).join("\n");
    expect(ofFirefox.match(/id="copytextbutton-/g)).toHaveLength(calls.length);
    for (const { peers } of calls) {
      const relays = (role: "offerer" | "answerer") =>
        peers[role].candidates.filter(({ type }) => type === "relay").map(({ address, port }) => [address, port]);
      expect(relays("offerer")).not.toEqual([]);
      expect(relays("answerer")).not.toEqual([]);
      for (const [address, port] of relays("offerer")) {
        expect(told("onicecandidate")).toContain(`${address} ${port} typ relay`);
        expect(ofFirefox).toContain(`${address} ${port} typ relay`);
      }
      for (const [address, port] of relays("answerer")) {
        expect(told("addIceCandidate")).toContain(`${address} ${port} typ relay`);
        expect(ofFirefox).toContain(`IP4:${address}:${port}/`);
      }
    }
    expect(ofChromium + ofFirefox).not.toContain(PASSWORD);
    expect(readFileSync(join(out, "report.md"), "utf8")).toContain("dumps/captured.offerer.webrtc-internals.json");
  }, 120_000);
});
