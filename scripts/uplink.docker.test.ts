import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Summary } from "../lab/model/summary.ts";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { describeDocker } from "../lab/runtime/docker-test.ts";
import { testContext } from "../lab/test-lab.ts";
import {
  OUTSIDE_ADDRESS,
  OUTSIDE_NET,
  startOutsideServer,
  type TestOutsideServer,
} from "../lab/test-outside-server.ts";
import { startHostCapture } from "./host-capture.ts";

describeDocker("turnlab run --turn-url", () => {
  let outside: TestOutsideServer;
  let context: Awaited<ReturnType<typeof testContext>>;
  const folder = mkdtempSync(join(tmpdir(), "turnlab-uplink-"));
  const out = join(folder, "run");
  const ca = join(folder, "ca.pem");
  const summary = () => JSON.parse(readFileSync(join(out, "summary.json"), "utf8")) as Summary;

  beforeAll(async () => {
    context = await testContext();
    outside = await startOutsideServer(context);
    writeFileSync(ca, context.ca.certificatePem);
  });
  afterAll(async () => {
    await outside?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(password: string, scenarios: string[], urls: string[]) {
    const named = urls.flatMap((url) => ["--turn-url", url]);
    const args = ["run", ...scenarios, "--out", out, ...named, "--turn-user", outside.credential.username];
    return spawn(join(PROJECT_ROOT, "turnlab"), [...args, "--turn-ca", ca, "--allow-uplink"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, TURNLAB_TURN_PASSWORD: password },
      // A group of its own, so that it can be killed as a whole.
      detached: true,
    });
  }

  async function run(...args: Parameters<typeof start>) {
    const child = start(...args);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    const [code] = await once(child, "close");
    return { code, stdout, stderr };
  }

  /** Between two symmetric NATs, so that nothing connects without the server; `office` lets no UDP out. */
  function scenario(name: string, ends: Record<"offerer" | "answerer", object>, expectations: object): string {
    const file = join(folder, `${name}.ts`);
    const routers = { near: { nat: "symmetric" }, far: { nat: "symmetric" }, office: { nat: "udp-blocked" } };
    const value = {
      description: "A server that is deployed already.",
      topology: { routers, turnServers: { turn: {} } },
      peers: ends,
      load: { executor: "per-vu-iterations", vus: 2, iterations: 1 },
      ...expectations,
    };
    writeFileSync(file, `export default ${JSON.stringify(value)};`);
    return file;
  }
  const symmetric = (name: string, expectations: object) =>
    scenario(
      name,
      { offerer: { behind: "near", iceServers: ["turn"] }, answerer: { behind: "far", iceServers: ["turn"] } },
      expectations,
    );

  it("calls through a deployed server over UDP, TCP and TLS, and sends nothing else out of the lab", {
    timeout: 90_000,
  }, async ({ onTestFinished }) => {
    const over = (urls: string[]) => [{ server: "turn", urls }];
    const scenarios = [
      symmetric("over-udp", { expectedPath: "direct" }),
      scenario(
        "over-streams",
        {
          offerer: { behind: "office", iceServers: over(["tls"]) },
          answerer: { behind: "far", iceServers: over(["tcp"]) },
        },
        { expectedPath: "relayed", expectedTransport: { offerer: "tls", answerer: "tcp" } },
      ),
    ];
    const capture = await startHostCapture(context.engine, [OUTSIDE_NET]);
    let isStopped = false;
    onTestFinished(async () => void (isStopped || (await capture.stop())));
    const { username, password } = outside.credential;
    const urls = [3478, "3478?transport=tcp"].map((rest) => `turn:${OUTSIDE_ADDRESS}:${rest}`);
    const { code, stdout, stderr } = await run(password, scenarios, [...urls, `turns:${OUTSIDE_ADDRESS}:5349`]);
    const { lab: packets } = await capture.stop();
    isStopped = true;
    expect(code, stdout + stderr).toBe(0);
    expect(stderr.split("\n")[0]).toMatch(
      /^\S+Z uplink: the peers reach 10\.99\.77\.2, udp 3478, tcp 3478, tcp 5349, outside/,
    );

    const { uplink, scenarios: results } = summary();
    for (const { name, paths, pairs, turnServers } of results) {
      expect(paths.relayed, name).toBe(2);
      expect(pairs, name).toEqual({ "relay-relay": 2 });
      expect(turnServers, name).toEqual({ turn: null });
    }
    expect(results.map(({ expectedPath }) => expectedPath)).toEqual(["relayed", "relayed"]);
    expect(uplink).toMatchObject({ address: OUTSIDE_ADDRESS, refused: 0 });
    expect(uplink?.ports.map(({ protocol, port }) => `${protocol} ${port}`)).toEqual([
      "udp 3478",
      "tcp 3478",
      "tcp 5349",
    ]);
    for (const { flows, bytesOut, bytesIn } of uplink?.ports ?? [])
      expect(Math.min(flows, bytesOut, bytesIn)).toBeGreaterThan(0);
    expect(stdout).toContain("turn is outside of the lab: its load is not seen from here");
    expect(readFileSync(join(out, "report.md"), "utf8")).toContain("## Uplink");
    expect(readFileSync(join(out, "run.jsonl"), "utf8")).toContain(username);
    const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    expect(files.length).toBeGreaterThanOrEqual(3);
    for (const { name, parentPath } of files)
      expect(readFileSync(join(parentPath, name), "utf8"), name).not.toContain(password);

    expect(packets.length).toBeGreaterThan(20);
    // The server's relays try the addresses that it saw the peers at; nothing answers them, as behind a NAT.
    const allowed =
      / Out IP 10\.99\.77\.1\.\d+ > 10\.99\.77\.2\.(3478|5349): | In +IP 10\.99\.77\.2\.\d+ > 10\.99\.77\.1\.\d+: /;
    expect(packets.filter((packet) => !allowed.test(packet))).toEqual([]);
  });

  it("has no way out any more when it is killed", async () => {
    const file = symmetric("killed", {});
    const child = start(outside.credential.password, [file], [`turn:${OUTSIDE_ADDRESS}`]);
    const uplinks = () => outside.onMachine("sh", "-c", `pgrep -f '[u]plink-outer.js.*${OUTSIDE_ADDRESS}' || true`);
    try {
      await vi.waitUntil(async () => (await uplinks()) !== "", { timeout: 20_000, interval: 100 });
    } finally {
      process.kill(-(child.pid ?? 0), "SIGKILL");
    }
    await vi.waitUntil(async () => (await uplinks()) === "", { timeout: 5_000, interval: 50 });
  });

  it("says what is wrong where the password is", async () => {
    const file = symmetric("wrong-password", { expectedPath: "relayed" });
    const { code, stdout } = await run("open-sesamf", [file], [`turn:${OUTSIDE_ADDRESS}`]);
    expect(stdout).toContain("turn_unauthorized");
    expect(code).toBe(99);
  });
});
