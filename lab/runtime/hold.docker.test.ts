import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { AttachedLine } from "./attached-line.ts";
import { LABEL } from "./container-events.ts";
import { describeDocker } from "./docker-test.ts";
import { type Engine, ensureEngine } from "./engine.ts";
import { HOLD_PATH, holdArchive } from "./hold.ts";
import { ensureImages } from "./images.ts";

describeDocker("hold, the init of foreign images", () => {
  let engine: Engine;
  let images: { hold: string; router: string };
  let hold: Buffer;
  const run = `hold-${process.pid}`;
  const left = (of: string) =>
    engine.docker.listContainers({ all: true, filters: JSON.stringify({ label: [`${LABEL.run}=${of}`] }) });
  let ungreeted: Awaited<ReturnType<typeof started>>;

  beforeAll(async () => {
    engine = await ensureEngine(console.error);
    images = await ensureImages(engine, ["hold", "router"], console.error);
    hold = await holdArchive(engine.docker, images.hold, run);
    // Its patience runs out while the others are tested.
    ungreeted = await started(["sleep", "60"], { isGreeted: false });
  });
  afterAll(async () => {
    for (const { Id } of await left(run)) await engine.docker.getContainer(Id).remove({ force: true });
  });

  /** A container of `router`, or another image, with `hold` for its init, greeted; its exit code can be waited for. */
  async function started(command: string[], { image = images.router, user = "", isGreeted = true } = {}) {
    const container = await engine.docker.createContainer({
      Image: image,
      Labels: { [LABEL.run]: run },
      User: user,
      Entrypoint: [HOLD_PATH],
      Cmd: command,
      OpenStdin: true,
      StdinOnce: true,
      AttachStdin: true,
      HostConfig: { NetworkMode: "none" },
    });
    await container.putArchive(hold, { path: "/" });
    const stream = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true });
    const line = new AttachedLine("hold", stream);
    const messages: unknown[] = [];
    line.onMessage((message) => messages.push(message));
    const ended = new Promise<void>((resolve) => line.onEnd(() => resolve()));
    await container.start();
    if (isGreeted) line.sendText('{"type":"hello"}');
    const exitCode = async () => {
      const { StatusCode } = (await container.wait()) as { StatusCode: number };
      await ended;
      return StatusCode;
    };
    const said = (count: number) => vi.waitUntil(() => messages.length >= count, { timeout: 5_000, interval: 5 });
    return { container, line, messages, said, exitCode };
  }

  it("ends with its stdin, and with it everything that it started", async () => {
    const { line, said, container, exitCode } = await started(["sh", "-c", "trap '' TERM; sleep 60 & wait"]);
    line.sendText("start");
    await said(1);
    await vi.waitUntil(async () => (await container.top()).Processes.length === 3, { timeout: 5_000, interval: 20 });
    const startedAt = performance.now();
    line.close();
    expect(await exitCode()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it("leaves nothing of a foreign image when the harness is killed", async () => {
    const own = `${run}-killed`;
    const args = [images.router, own, "2", images.hold, "sleep", "60"];
    const harness = spawn(process.execPath, [`${import.meta.dirname}/hold-containers.ts`, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(createInterface({ input: harness.stdout }), "line");
    expect(await left(own)).toHaveLength(2);
    const killedAt = performance.now();
    harness.kill("SIGKILL");
    await vi.waitUntil(async () => (await left(own)).length === 0, { timeout: 5_000, interval: 10 });
    expect(performance.now() - killedAt).toBeLessThan(1_500);
  });

  it("kills and starts again, as often as it is told, and reaps what was left behind", async () => {
    // Each start leaves an orphan behind, which ends by itself.
    const script = "(sleep 0.1 &) ; echo started as $$; exec sleep 60";
    const { line, said, messages, container } = await started(["sh", "-c", script], { user: "nobody" });
    for (const word of ["look", "start", "kill", "start", "kill", "start"]) line.sendText(word);
    await said(6);
    expect(messages.map((message) => (message as { event: string }).event)).toEqual([
      ...["found", "started", "killed", "started", "killed", "started"],
    ]);
    await vi.waitUntil(async () => (await container.top()).Processes.length === 2, { timeout: 5_000, interval: 20 });
    expect(line.lastText).toMatch(/started as \d+/);
    line.close();
  });

  it.each([
    ["its own exit code", ["sh", "-c", "echo bye; exit 7"], 7, /bye\nsh ended with exit code 7$/],
    ["1 for an end that no server has a reason to", ["true"], 1, /^true ended with exit code 0$/],
    ["128 and the signal", ["sh", "-c", "kill -SEGV $$"], 139, /was ended by signal 11/],
    ["127 for what is not there", ["turnserver"], 127, /^no turnserver on the PATH \(.*\/usr\/bin.*\)$/],
    ["126 for what may not be executed", ["/etc/passwd"], 126, /^\/etc\/passwd may not be executed by user 0$/],
  ])("passes on %s", async (_, command, code, text) => {
    const { line, exitCode, messages } = await started(command);
    line.sendText("start");
    expect(await exitCode()).toBe(code);
    expect(line.lastText).toMatch(text);
    if (code === 126 || code === 127) expect(messages).toEqual([{ event: "unusable", reason: line.lastText }]);
  });

  it("takes no other word, and no start of what runs", async () => {
    const [other, again] = await Promise.all([started(["sleep", "60"]), started(["sleep", "60"])]);
    other.line.sendText("stop");
    expect(await other.exitCode()).toBe(2);
    expect(other.line.lastText).toBe("expected 'look' or 'start' or 'kill', got 'stop'");
    for (const word of ["start", "start"]) again.line.sendText(word);
    expect(await again.exitCode()).toBe(2);
  });

  it("works where there is no shell, no libc and nothing else: a server that logs JSON is no message", async () => {
    // The image has `hold` alone, so that is what it runs: one that is told nothing, and ends with its stdin.
    const { line, exitCode, messages } = await started([HOLD_PATH, "/none"], {
      image: images.hold,
      user: "12345:12345",
    });
    line.sendText("start");
    expect(await exitCode()).toBe(1);
    expect(line.lastText).toBe(`${HOLD_PATH} ended with exit code 0`);
    expect(messages).toEqual([{ event: "started" }]);
    const json = await started(["sh", "-c", `echo '{"event":"killed"}'; exec sleep 60`]);
    json.line.sendText("start");
    await vi.waitUntil(() => json.line.lastText !== "", { timeout: 5_000, interval: 10 });
    expect(json.messages).toEqual([{ event: "started" }]);
    json.line.close();
  });

  it("gives up when nobody says hello within 5 s", async () => {
    expect(await ungreeted.exitCode()).toBe(1);
    expect(ungreeted.line.lastText).toBe("no hello within 5 s");
  });
});
