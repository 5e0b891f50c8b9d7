import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, it, onTestFinished, vi } from "vitest";
import type { Summary } from "../lab/model/summary.ts";
import { describeDocker } from "../lab/runtime/docker-test.ts";
import type { Credential } from "../lab/turn/credentials.ts";
import { runCommand } from "./run.ts";

/** Those that open the servers of a run are fresh in each, and nobody is told. */
const fresh = vi.hoisted(() => [] as Credential[]);
vi.mock(import("../lab/turn/credentials.ts"), async (load) => {
  const real = await load();
  return {
    ...real,
    freshCredential: () => {
      const credential = real.freshCredential();
      fresh.push(credential);
      return credential;
    },
  };
});

const SECRET = "shared-secret-of-the-test";
const scenario = (expectedPath: string) => `export default {
  description: "Two homes.",
  topology: {
    routers: { near: { nat: "home" }, far: { nat: "home" } },
    turnServers: { turn: {}, rest: { secrets: ["${SECRET}"] } },
  },
  peers: {
    offerer: { behind: "near", iceServers: ["turn"] },
    answerer: { behind: "far", iceServers: ["turn", "rest"] },
  },
  load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
  expectedPath: "${expectedPath}",
};`;

describeDocker("the evidence of a run", () => {
  it("is kept where a scenario failed, packed without secrets, and replays to the same verdict", async () => {
    const folder = mkdtempSync(join(tmpdir(), "turnlab-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const [fails, passes, bundle] = ["fails.ts", "passes.ts", "bundle.tar.gz"].map((name) => join(folder, name));
    if (!fails || !passes || !bundle) throw new Error("no names");
    writeFileSync(fails, scenario("relayed"));
    writeFileSync(passes, scenario("direct"));
    vi.spyOn(process.stdout, "write").mockReturnValue(true);
    onTestFinished(() => void vi.restoreAllMocks());
    const interrupt = { signal: new AbortController().signal, begin: () => {} };
    const summaryOf = (out: string) => JSON.parse(readFileSync(join(out, "summary.json"), "utf8")) as Summary;

    const first = join(folder, "first");
    expect(await runCommand([fails, passes], { out: first, bundle, parallel: 2 }, interrupt)).toBe(99);
    expect(summaryOf(first).scenarios.map(({ status }) => status)).toEqual(["failed", "passed"]);
    const wires = [
      "answerer.eth0",
      "far.lan",
      "far.wan",
      "near.lan",
      "near.wan",
      "offerer.eth0",
      "rest.eth0",
      "turn.eth0",
    ];
    expect(readdirSync(join(first, "captures"))).toEqual(wires.map((wire) => `fails.${wire}.pcap`));
    expect(readdirSync(join(first, "rules"))).toContain("passes.near.after.txt");
    const capture = (out: string, wire: string) => readFileSync(join(out, "captures", `fails.${wire}.pcap`));
    // Microseconds, in this machine's order; no more of a packet than this; Ethernet.
    expect(capture(first, "near.wan").readUInt32LE(0)).toBe(0xa1b2c3d4);
    expect(capture(first, "near.wan").readUInt32LE(16)).toBe(320);
    const names = fresh.map(({ username }) => username);
    expect(names.some((name) => capture(first, "turn.eth0").includes(name))).toBe(true);

    const packed = gunzipSync(readFileSync(bundle)).toString("latin1");
    expect(packed).toContain("turnlab-bundle/run/captures/fails.turn.eth0.pcap");
    for (const { password } of fresh) expect(packed).not.toContain(password);
    expect(packed).not.toContain(SECRET);

    const second = join(folder, "second");
    expect(await runCommand([bundle], { out: second, capture: true, parallel: 2 }, interrupt)).toBe(99);
    const verdicts = (out: string) =>
      summaryOf(out).scenarios.map(({ name, status, violations, paths }) => ({ name, status, violations, paths }));
    expect(verdicts(second)).toEqual(verdicts(first));
    expect(capture(second, "near.wan").readUInt32LE(16)).toBe(65_535);
    expect(existsSync(join(second, "captures", "passes.turn.eth0.pcap"))).toBe(true);
    const [, offerers = "", answerers = ""] = readFileSync(join(second, "captures", "fails.keys"), "utf8").split(
      /^# .*\n/m,
    );
    const lines = offerers.trim().split("\n");
    for (const line of lines) expect(line).toMatch(/^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$/);
    // DTLS is between them, so both know its keys; each has TLS of its own.
    expect(lines.filter((line) => answerers.includes(line))).toHaveLength(1);
  }, 60_000);
});
