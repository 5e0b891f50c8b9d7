import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { InvalidInput } from "./invalid-input.ts";
import { probeInput } from "./probe-input.ts";

// Each starts a program, and the machine may be busy with others.
vi.setConfig({ testTimeout: 30_000 });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnlab-probe-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

function faultsOf(...given: Parameters<typeof probeInput>): string {
  try {
    probeInput(...given);
  } catch (error) {
    if (error instanceof InvalidInput) return error.message;
    throw error;
  }
  return "";
}

describe("what probe is given", () => {
  it("has every fault of it in one message, and none of its secrets", () => {
    const file = join(folder, "ice-servers.json");
    writeFileSync(
      file,
      JSON.stringify([{ urls: ["turn:ok.test", "http://x"], username: "bob" }, { credential: "s3cret" }, 7]),
    );
    const options = { user: "alice", iceServers: file, ca: join(folder, "none.pem") };
    const said = faultsOf(["turn:", "turns:t.test?transport=udp", "stun:ok.test"], options);
    expect(said.split("\n")[0]).toBe("command line: 8 faults");
    for (const place of ["URL", "--password", `--ice-servers ${file} [0].urls`, "[0].credential", "[1]", "[2]", "--ca"])
      expect(said).toContain(place);
    expect(said).toContain("browsers speak no DTLS");
    expect(said).not.toContain("s3cret");
  });

  it("is a password without its user, or both kinds of credential, or nothing", () => {
    expect(faultsOf([], {})).toContain("--ice-servers FILE.json");
    expect(faultsOf(["turn:a.test"], { password: "s3cret" })).toContain("--user");
    const both = faultsOf(["turn:a.test"], { user: "a", password: "s3cret-1", secret: "s3cret-2" });
    expect(both).toContain("found     both");
    expect(both).not.toContain("s3cret");
    writeFileSync(join(folder, "no.json"), "s3cret");
    expect(faultsOf([], { iceServers: join(folder, "no.json") })).toMatch(/found {5}a file that is no JSON/);
  });

  it("takes secrets out of the environment, and each URL with the credential that goes with it", () => {
    vi.stubEnv("TURNLAB_TURN_PASSWORD", "open-sesame");
    writeFileSync(
      join(folder, "list.json"),
      JSON.stringify({
        iceServers: [{ urls: "turn:b.test", username: "bob", credential: "x" }, { urls: "stun:c.test" }],
      }),
    );
    const alice = { username: "alice", password: "open-sesame" };
    expect(probeInput(["turn:a.test"], { user: "alice", iceServers: join(folder, "list.json") })).toEqual({
      urls: [
        { url: "turn:a.test", credential: alice },
        { url: "turn:b.test", credential: { username: "bob", password: "x" } },
        { url: "stun:c.test", credential: alice },
      ],
    });
    expect(process.env.TURNLAB_TURN_PASSWORD).toBeUndefined();
  });
});

describe("turnlab probe", () => {
  // A socket that answers nobody; no engine is there to be found either.
  async function probe(...args: string[]) {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const words = args.map((arg) => arg.replace("PORT", String(socket.address().port)));
    const env = { ...process.env, DOCKER_HOST: "unix:///nowhere", TURNLAB_TURN_PASSWORD: "s3cret" };
    const argv = [join(PROJECT_ROOT, "scripts/turnlab.ts"), "probe", ...words];
    const ended = spawnSync(process.execPath, argv, { encoding: "utf8", timeout: 25_000, env });
    socket.close();
    return ended;
  }

  it("without an engine says of each URL how far it came, and ends with 99", async () => {
    const { status, stdout, stderr } = await probe("stun:127.0.0.1:PORT", "--user", "alice");
    expect({ status, stderr }).toEqual({ status: 99, stderr: "" });
    expect(stdout).toMatch(/^✗ {2}stun:127\.0\.0\.1:\d+ .*–/m);
    expect(stdout).toContain("(turn_no_answer)");
  });

  it("asks nothing about the security of one that does not answer, in one document", async () => {
    const { status, stdout } = await probe("turn:127.0.0.1:PORT", "--user", "alice", "--security", "--json");
    expect(status).toBe(99);
    expect(stdout).not.toContain("s3cret");
    expect(JSON.parse(stdout)).toMatchObject({
      passed: false,
      urls: [{ url: expect.stringMatching(/^turn:127/), failed: { step: "allocate", code: "turn_no_answer" } }],
      servers: [{ host: "127.0.0.1", results: [] }],
    });
  });

  it("with bad input asks nobody", async () => {
    const { status, stdout, stderr } = await probe("turn:", "--user", "");
    expect({ status, stdout }).toEqual({ status: 104, stdout: "" });
    expect(stderr).toContain("command line: ");
  });

  it("says in its help whom it speaks to", async () => {
    const { stdout } = await probe("--help");
    expect(stdout).toContain("to the hosts of these URLs, and to nobody else");
  });
});
