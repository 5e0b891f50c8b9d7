import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { describeFindings, type EngineFinding, findEngine, whyNotOurs } from "./engine.ts";

let folder: string;
let server: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnlab-engine-"));
  vi.stubEnv("DOCKER_HOST", undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  const closing = server;
  if (closing) await new Promise((resolve) => closing.close(resolve));
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string, chosen = false) => ({ source: name, host: `unix://${join(folder, name)}`, chosen });

/** Answers what dockerode asks of an engine, with this for /info. */
async function serveEngine(name: string, info: object): Promise<void> {
  const running = createServer((request, response) => {
    const answers: Record<string, unknown> = { "/_ping": "OK", "/info": info, "/version": { ApiVersion: "1.51" } };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answers[request.url ?? ""]));
  });
  server = running;
  await new Promise<void>((resolve) => running.listen(join(folder, name), resolve));
}

describe("findEngine", () => {
  it("passes by what does not answer, and lets testcontainers know what does", async () => {
    await serveEngine("second", { ServerVersion: "29.1", NCPU: 4, MemTotal: 5, Architecture: "aarch64" });
    writeFileSync(join(folder, "first"), "no socket");
    const found = await findEngine([at("absent"), at("first"), at("second")]);
    expect(found).toMatchObject({
      socket: `unix://${join(folder, "second")}`,
      startedByUs: false,
      info: {
        version: "29.1",
        apiVersion: "1.51",
        cgroupVersion: "1",
        cpus: 4,
        memoryBytes: 5,
        architecture: "aarch64",
      },
    });
    expect(process.env.DOCKER_HOST).toBe(`unix://${join(folder, "second")}`);
  });

  it("says of each place what is wrong with it, and changes nothing", async () => {
    writeFileSync(join(folder, "file"), "no socket");
    const found = await findEngine([at("absent"), at("file")]);
    expect(found).toMatchObject({ findings: [{ problem: "absent" }, { problem: "silent" }] });
    expect(describeFindings(found as { findings: EngineFinding[] })).toMatch(/^absent: no .*absent; file: /);
    expect(process.env.DOCKER_HOST).toBeUndefined();
  });
});

describe("whyNotOurs", () => {
  const finding = (problem: EngineFinding["problem"], source = "default socket", chosen = false): EngineFinding => ({
    source,
    host: "unix:///x",
    chosen,
    problem,
    detail: "detail",
  });

  it("a socket that may not be opened is the docker group's matter, not a reason for a second engine", () => {
    const why = whyNotOurs({ findings: [finding("forbidden"), finding("absent")] });
    expect(why?.message).toContain("you are not in the docker group");
    expect(why?.commands[0]).toMatch(/^sudo usermod -aG docker \S+$/);
  });

  it("an engine that hangs is to be restarted, and no second one started beside it", () => {
    const why = whyNotOurs({ findings: [finding("absent"), finding("hung")] });
    expect(why?.message).toContain("is there, and hangs");
    expect(why?.commands[0]).toBe("sudo systemctl restart docker");
    const ours = whyNotOurs({ findings: [{ ...finding("hung"), ourPid: 4711 }] });
    expect(ours?.commands[0]).toMatch(/^kill -9 4711 /);
  });

  it.each([
    ["DOCKER_HOST", "unset DOCKER_HOST"],
    ["docker context far", "docker context use default"],
  ])("an engine chosen by %s is not replaced", (source, command) => {
    expect(whyNotOurs({ findings: [finding("silent", source, true)] })?.commands).toEqual([command]);
  });
});
