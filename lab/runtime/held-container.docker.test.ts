import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { LABEL } from "./container-events.ts";
import { describeDocker } from "./docker-test.ts";
import { type Engine, ensureEngine } from "./engine.ts";
import { execIn } from "./exec-in.ts";
import { type HeldSpec, startHeld } from "./held-container.ts";
import { ensureImages } from "./images.ts";
import { sweep } from "./sweep.ts";

const say = (line: string) => void process.stderr.write(`${line}\n`);
describeDocker("the held line", () => {
  let engine: Engine;
  let router: string;
  const run = `held-${process.pid}`;
  const labels = { [LABEL.run]: run, [LABEL.node]: "node" };
  const left = async () =>
    (await engine.docker.listContainers({ all: true, filters: JSON.stringify({ label: [`${LABEL.run}=${run}`] }) }))
      .length;

  beforeAll(async () => {
    engine = await ensureEngine(say);
    router = (await ensureImages(engine, ["router"], say)).router;
  });
  afterEach(async () => expect(await left()).toBe(0));

  it("ends and removes a container when its line is closed", async () => {
    const container = await startHeld(engine.docker, { image: router, name: "node", labels });
    expect(await left()).toBe(1);
    await container.end();
    expect(await left()).toBe(0);
  });

  it("starts with no network, no privilege and no published port", async () => {
    await using container = await startHeld(engine.docker, { image: router, name: "node", labels });
    const { Config, HostConfig, NetworkSettings } = await engine.docker.getContainer(container.id).inspect();
    expect(HostConfig.NetworkMode).toBe("none");
    expect(Config).toMatchObject({ NetworkDisabled: true });
    expect(NetworkSettings.SandboxKey).toBe("");
    expect(HostConfig.Privileged).toBe(false);
    expect(HostConfig.Binds ?? []).toEqual([]);
    expect(NetworkSettings.Ports).toEqual({});
  });

  it("has loopback and no IPv6, its own name and that of localhost, and the resolvers it is given, none of the host's", async () => {
    const look = async (spec: Partial<HeldSpec>) => {
      await using container = await startHeld(engine.docker, { image: router, name: "node", labels, ...spec });
      return await execIn(engine.docker, container.id, [
        "sh",
        "-c",
        "ip -o -6 addr; ip -o -4 addr; cat /etc/hosts; hostname; cat /etc/resolv.conf",
      ]);
    };
    const usual = await look({});
    expect(usual).not.toContain("inet6");
    expect(usual).toMatch(/^1: lo {4}inet 127\.0\.0\.1/);
    expect(usual).toContain("127.0.0.1 localhost");
    expect(usual).toContain("\nnode\n");
    expect(usual).not.toContain("nameserver");
    const sysctls = { "net.ipv6.conf.all.disable_ipv6": "0" };
    const asked = await look({ dns: ["10.0.0.53"], sysctls });
    expect(asked).toContain("inet6 ::1/128");
    expect(asked).toContain("nameserver 10.0.0.53\noptions timeout:1 attempts:2");
  });

  it("is limited as it is asked to be: a quota of 10 ms periods, no swap, file descriptors", async () => {
    const limits = { cpus: 0.25, memoryBytes: 64 * 1024 ** 2, fileDescriptors: 512 };
    await using container = await startHeld(engine.docker, { image: router, name: "node", labels, limits });
    const { HostConfig } = await engine.docker.getContainer(container.id).inspect();
    expect([HostConfig.CpuPeriod, HostConfig.CpuQuota, HostConfig.NanoCpus]).toEqual([10_000, 2_500, 0]);
    expect([HostConfig.Memory, HostConfig.MemorySwap]).toEqual([limits.memoryBytes, limits.memoryBytes]);
    expect(HostConfig.Ulimits).toEqual([{ Name: "nofile", Soft: 512, Hard: 512 }]);
  });

  it("reports a container that ends as soon as it starts, and leaves nothing", async () => {
    const spec = {
      image: router,
      name: "node",
      labels,
      command: ["ignored"],
      sysctls: { "net.ipv4.no_such_key": "1" },
    };
    await expect(startHeld(engine.docker, spec)).rejects.toThrow();
  });

  it.each(["the harness alone", "its whole process group"])(
    "leaves nothing behind when SIGKILL hits %s",
    async (who) => {
      const harness = spawn(process.execPath, [`${import.meta.dirname}/hold-containers.ts`, router, run, "3"], {
        detached: true,
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = (await once(createInterface({ input: harness.stdout }), "line")) as [string];
      expect(line).toBe("holding 3");
      expect(await left()).toBe(3);
      process.kill(who === "the harness alone" ? (harness.pid ?? 0) : -(harness.pid ?? 0), "SIGKILL");
      await vi.waitUntil(async () => (await left()) === 0, { timeout: 5_000, interval: 25 });
      expect((await engine.docker.ping()).toString()).toBe("OK");
    },
  );

  it("lets an init that gets no hello end by itself", async () => {
    const container = await engine.docker.createContainer({
      Image: router,
      Labels: labels,
      OpenStdin: true,
      HostConfig: { AutoRemove: true, NetworkMode: "none" },
    });
    await container.start();
    await vi.waitUntil(async () => (await left()) === 0, { timeout: 8_000, interval: 25 });
  });

  it("sweeps a container that was created and never started", async () => {
    await engine.docker.createContainer({ Image: router, Labels: labels, HostConfig: { NetworkMode: "none" } });
    expect((await sweep(engine.docker)).filter((swept) => swept.run === run)).toEqual([]); // Too young: it may be somebody's.
    const swept = await sweep(engine.docker, { abandonedAfterS: 0 });
    expect(swept.filter((one) => one.run === run)).toHaveLength(1);
  });
});
