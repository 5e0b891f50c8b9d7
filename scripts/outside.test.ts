import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { TestEngine } from "./test-engine.ts";

describe("turnlab run --turn-url", { timeout: 30_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "turnlab-outside-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  async function run(...args: string[]) {
    await using engine = await TestEngine.listen(join(folder, "engine.sock"));
    const out = join(folder, "out");
    const child = spawn(process.execPath, [join(import.meta.dirname, "turnlab.ts"), "run", ...args, "--out", out], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, DOCKER_HOST: engine.host, TURNLAB_TURN_PASSWORD: "open-sesame" },
    });
    let stderr = "";
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    const [code] = await once(child, "close");
    expect(engine.requests, "an engine is asked for nothing").toEqual([]);
    expect(existsSync(out)).toBe(false);
    expect(stderr).not.toContain("open-sesame");
    return { code, stderr };
  }

  it("is 104 without the flag, which is named, with the other faults of the same command", async () => {
    const { code, stderr } = await run("cgnat-mobil", "--turn-url", "turn:127.0.0.1", "--turn-user", "alice");
    expect(code).toBe(104);
    expect(stderr).toContain("--allow-uplink");
    expect(stderr).toContain("Peers of the lab would speak to 127.0.0.1, udp 3478, through this machine's own network");
    expect(stderr).toContain('Did you mean "cgnat-mobile"?');
  });

  it("is 104 where scenarios ask for what the server has not, each with its faults", async () => {
    const one = ["--turn-url", "turn:127.0.0.1", "--turn-user", "alice", "--allow-uplink"];
    const { code, stderr } = await run("udp-blocked-tls", "nat-grid", "cgnat-mobile", ...one);
    expect(code).toBe(104);
    expect(stderr).toContain("udp-blocked-tls against 127.0.0.1: 2 faults");
    expect(stderr).toContain("nat-grid against 127.0.0.1: 1 fault");
    expect(stderr).not.toContain("cgnat-mobile against");
  });

  it("is 104 for a name that does not resolve", async () => {
    const { code, stderr } = await run(
      "cgnat-mobile",
      "--turn-url",
      "turn:a..b",
      "--turn-user",
      "alice",
      "--allow-uplink",
    );
    expect(code).toBe(104);
    expect(stderr).toMatch(/a\.\.b: .*ENOTFOUND/);
  });
});
