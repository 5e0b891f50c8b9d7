import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import type { ReflectorPlan } from "./probe-protocol.ts";
import { loopbackPlan } from "./test-probe-plan.ts";

const PLAN: ReflectorPlan = { addresses: ["127.0.0.6", "127.0.0.7"], ports: [43578, 43579] };
type Reply = { id: number; ok: boolean; result: Record<string, unknown>; error: { code: string; message: string } };

const started: { end(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const agent of started.splice(0)) await agent.end();
});

/** An agent as the fabric runs it: a process that speaks JSON lines. */
function start(file: "observer.ts" | "nat-probe.ts") {
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, import.meta.url))], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const waiting = new Map<number, (reply: Reply) => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const reply = JSON.parse(line) as Reply;
    waiting.get(reply.id)?.(reply);
  });
  let id = 0;
  const agent = {
    ask: (command: object) => {
      id += 1;
      child.stdin.write(`${JSON.stringify({ id, ...command })}\n`);
      return new Promise<Reply>((resolve) => waiting.set(id, resolve));
    },
    end: async () => {
      const exited = once(child, "exit");
      child.stdin.end();
      return (await exited)[0];
    },
  };
  started.push(agent);
  return agent;
}

describe("observer and NAT probe", () => {
  it("work together: reflect, probe, and let somebody connect in", async () => {
    const observer = start("observer.ts");
    const probe = start("nat-probe.ts");
    expect(await observer.ask({ op: "reflect", ...PLAN })).toMatchObject({ ok: true });
    const plan = loopbackPlan(PLAN);
    const observed = await probe.ask({ op: "probe", ...plan });
    expect(observed.result).toMatchObject({ mapping: "endpoint-independent", filtering: "endpoint-independent" });
    const { mapped } = (await probe.ask({ op: "tcp-open", ...plan })).result;
    expect(await observer.ask({ op: "connect-in", to: mapped, copies: 1 })).toMatchObject({ ok: true });
    const { from } = (await probe.ask({ op: "tcp-accepted", reflector: PLAN.addresses[0] })).result as {
      from: { address: string; port: number }[];
    };
    const { result } = await observer.ask({ op: "connected-in", to: mapped });
    expect(result).toEqual({ connected: 2, refused: 0, ports: expect.arrayContaining(from.map(({ port }) => port)) });
    expect(from.map(({ address }) => address).sort()).toEqual(PLAN.addresses);
  });

  it("stun-ready is answered as soon as the server is there, and not before", async () => {
    const observer = start("observer.ts");
    const target = { address: PLAN.addresses[0], port: PLAN.ports[0] };
    const missing = await observer.ask({ op: "stun-ready", target: { ...target, transport: "tcp" }, timeoutMs: 60 });
    expect(missing).toMatchObject({ ok: false, error: { code: "turn_connect_failed" } });
    const ready = ["udp", "tcp"].map((transport) =>
      observer.ask({ op: "stun-ready", target: { ...target, transport }, timeoutMs: 5_000 }),
    );
    await observer.ask({ op: "reflect", ...PLAN });
    for (const reply of await Promise.all(ready)) expect(reply).toMatchObject({ result: { answer: "success" } });
  });

  it("turn-relay-check names the failure in the lab's words", async () => {
    const observer = start("observer.ts");
    await observer.ask({ op: "reflect", ...PLAN });
    const check = (port: number | undefined, transport: string) =>
      observer.ask({
        op: "turn-relay-check",
        address: PLAN.addresses[0],
        port,
        transport,
        username: "u",
        password: "p",
        timeoutMs: 500,
      });
    // The reflector is a STUN server and no TURN server: it refuses Allocate.
    expect(await check(PLAN.ports[0], "udp")).toMatchObject({ error: { code: "turn_error" } });
    expect(await check(1, "udp")).toMatchObject({ error: { code: "turn_no_answer" } });
    expect(await check(1, "tcp")).toMatchObject({ error: { code: "turn_connect_failed" } });
  });

  it("answer what they do not understand, and end with their stdin", async () => {
    const probe = start("nat-probe.ts");
    expect(await probe.ask({ op: "nope" })).toMatchObject({ ok: false, error: { code: "bad_command" } });
    expect(await probe.ask({ op: "tcp-accepted" })).toMatchObject({ ok: false, error: { code: "not_ready" } });
    const observer = start("observer.ts");
    expect(await observer.ask({ op: "connect-in" })).toMatchObject({ ok: false, error: { code: "not_ready" } });
    expect(await observer.ask({ op: "connected-in" })).toMatchObject({ ok: false, error: { code: "not_ready" } });
    expect(await observer.end()).toBe(0);
    started.length = 0;
    expect(await probe.end()).toBe(0);
  });
});
