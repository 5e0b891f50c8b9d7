import { spawn } from "node:child_process";
import { once } from "node:events";
import { beforeAll, expect, it, vi } from "vitest";
import { LABEL } from "../lab/runtime/container-events.ts";
import { describeDocker } from "../lab/runtime/docker-test.ts";
import { type Engine, ensureEngine } from "../lab/runtime/engine.ts";
import { watchContainers } from "./container-watch.ts";
import { CAPTURE_NODE, startHostCapture } from "./host-capture.ts";

describeDocker("what the tests of the suite see with", () => {
  let engine: Engine;
  const left = async (pid: number | undefined) => {
    const label = [`${LABEL.run}=${CAPTURE_NODE}-${pid}`];
    return (await engine.docker.listContainers({ all: true, filters: JSON.stringify({ label }) })).length;
  };
  beforeAll(async () => {
    engine = await ensureEngine(console.error);
  });

  it("the capture hears its own datagram, and is gone afterwards", async () => {
    const capture = await startHostCapture(engine);
    expect(await left(process.pid)).toBe(1);
    expect((await capture.stop()).control).toBeGreaterThan(0);
    expect(await left(process.pid)).toBe(0);
  });

  it("the capture is gone when the test that started it is killed", async () => {
    const program = `const { ensureEngine } = await import("${import.meta.dirname}/../lab/runtime/engine.ts");
      const { startHostCapture } = await import("${import.meta.dirname}/host-capture.ts");
      await startHostCapture(await ensureEngine(console.error));
      console.log("listening");`;
    const args = ["--input-type=module", "-e", program];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    expect(await left(child.pid)).toBe(1);
    child.kill("SIGKILL");
    await vi.waitUntil(async () => (await left(child.pid)) === 0, { timeout: 5_000, interval: 25 });
  });

  it("the watch tells a container that could be reached", async () => {
    const { Id } = (await engine.docker.listImages())[0] ?? { Id: "" };
    const watch = watchContainers(engine);
    const container = await engine.docker.createContainer({
      Image: Id,
      Entrypoint: ["true"],
      Labels: { [LABEL.run]: "watched", [LABEL.scenario]: "leak", [LABEL.node]: "peer" },
      HostConfig: { NetworkMode: "host" },
    });
    try {
      const { seen, reachable } = await watch.stop();
      expect(seen).toBeGreaterThan(0);
      expect(reachable).toContain("leak/peer is on the network host");
    } finally {
      await container.remove({ force: true });
    }
  });
});
