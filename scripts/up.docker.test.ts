import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { NodeInfo } from "../lab/model/events.ts";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { describeDocker } from "../lab/runtime/docker-test.ts";

const TURNLAB = join(PROJECT_ROOT, "turnlab");

describeDocker("turnlab up", () => {
  it("prints the nodes as one JSON document, lets commands in, and ends with Ctrl-C", async () => {
    const up = spawn(TURNLAB, ["up", "cgnat-mobile"], { stdio: ["ignore", "pipe", "pipe"] });
    onTestFinished(() => void up.kill("SIGKILL"));
    let stdout = "";
    let stderr = "";
    up.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
    const isUp = new Promise<void>((resolve, reject) => {
      up.stderr.on("data", (data: Buffer) => {
        stderr += data.toString();
        if (stderr.includes("Ctrl-C takes it down")) resolve();
      });
      up.once("close", () => reject(new Error(stderr)));
    });
    await isUp;
    const { nodes } = JSON.parse(stdout) as { nodes: NodeInfo[] };
    expect(nodes.map(({ name, role }) => `${name} ${role}`)).toEqual([
      "core core",
      "carrier router",
      "phone router",
      "home router",
      "turn turn",
      "offerer peer",
      "answerer peer",
      "fabric fabric",
    ]);
    const phone = nodes.find(({ name }) => name === "phone");
    expect(phone?.interfaces).toEqual([
      { name: "wan", addresses: ["100.64.0.10/24"] },
      { name: "lan", addresses: ["192.168.1.1/24"] },
    ]);

    const exec = (...args: string[]) =>
      spawnSync(TURNLAB, ["exec", ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    expect(exec("phone", "--", "ip", "-brief", "address").stdout).toContain("100.64.0.10/24");
    expect(exec("carrier", "--", "sh", "-c", "exit 7").status).toBe(7);
    expect(exec("carrier", "--", "nft", "list", "ruleset").stdout).toMatch(/udp snat to .* fully-random/);
    expect(exec("nobody", "--", "true")).toMatchObject({
      status: 104,
      stderr: expect.stringContaining("cgnat-mobile/phone"),
    });

    up.kill("SIGINT");
    const [code] = (await once(up, "close")) as [number];
    expect(code, stderr).toBe(0);
    expect(exec("phone", "--", "true").status).toBe(104);
  });
});
