import { expect, it } from "vitest";
import type { JsonLine } from "../runtime/line.ts";
import { FarPeerHandle } from "./far-peer-handle.ts";
import { GeneratorHandle, type GeneratorRun } from "./generator-handle.ts";

/** A line of which the test holds the other end. */
function line() {
  const sent: object[] = [];
  let [say, end] = [(_message: unknown) => {}, (_reason: string) => {}];
  const near: JsonLine = {
    send: (message) => void sent.push(message),
    onMessage: (handler) => {
      say = handler;
    },
    onEnd: (handler) => {
      end = handler;
    },
  };
  return { near, sent, say: (message: unknown) => say(message), end: (reason: string) => end(reason) };
}

const RUN: GeneratorRun = {
  spec: { server: "turn", over: "udp", relayTo: "none", holdMs: 1_000 },
  target: {
    address: "34.77.1.10",
    port: 3_478,
    servername: "turn",
    credentials: { kind: "shared", username: "u", password: "p" },
    farPeer: null,
  },
  load: null,
  onMeasure: () => {},
};

it("runs one load at a time, and tells what was measured in its course", async () => {
  const { near, sent, say } = line();
  const generator = new GeneratorHandle("clients", near, { workers: 2 });
  say({ event: "ready", pid: 1 });
  expect(await generator.ready).toEqual({ pid: 1 });
  const held: number[] = [];
  const running = generator.run({ ...RUN, onMeasure: (measure) => void held.push(measure.held) });
  await expect(generator.run(RUN)).rejects.toThrow('generator "clients" runs a load already');
  generator.hold(5, 100);
  say({ event: "measured", held: 5 });
  generator.stop();
  say({ event: "done", reason: "stopped" });
  expect(await running).toBe("stopped");
  say({ event: "measured", held: 6 });
  expect(held).toEqual([5]);
  expect(sent.map((message) => Reflect.get(message, "op"))).toEqual(["hello", "run", "hold", "stop"]);
});

it.each([
  ["a line that ends", (far: ReturnType<typeof line>) => far.end("the container ended"), "the container ended"],
  ["a fatal", (far: ReturnType<typeof line>) => far.say({ event: "fatal", message: "no room" }), "no room"],
  ["a foreign line", (far: ReturnType<typeof line>) => far.say({ type: "ready" }), "not of this protocol"],
])("rejects what runs and all that comes later at %s", async (_name, happen, message) => {
  const far = line();
  const generator = new GeneratorHandle("clients", far.near, { workers: 1 });
  const running = generator.run(RUN);
  happen(far);
  await expect(running).rejects.toThrow(message);
  await expect(generator.ready).rejects.toThrow(message);
  await expect(generator.run(RUN)).rejects.toThrow(message);
  generator.stop();
  const other = line();
  const peer = new FarPeerHandle("far", other.near);
  const counting = peer.count();
  happen(other);
  await expect(counting).rejects.toThrow(message);
  await expect(peer.listen()).rejects.toThrow(message);
});
