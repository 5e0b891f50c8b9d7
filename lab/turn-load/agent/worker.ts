import type { MessagePort } from "node:worker_threads";
import type { AllocationSpec } from "../../model/allocation-load.ts";
import { type PacketStream, TRAFFIC_PROFILES } from "../../model/traffic-profile.ts";
import type { GeneratorTarget } from "../protocol.ts";
import { nowMs } from "./clock.ts";
import { Life, type LifeSetting } from "./life.ts";
import type { Link, LinkOwner } from "./link.ts";
import { peerAddress } from "./peer-address.ts";
import { StreamLink } from "./stream-link.ts";
import { Tally } from "./tally.ts";
import { TrafficWriter } from "./traffic-writer.ts";
import { TurnMessages } from "./turn-messages.ts";
import { UdpLink } from "./udp-link.ts";
import { usersOf } from "./user.ts";
import { Wheel } from "./wheel.ts";
import { driveWheel } from "./wheel-driver.ts";
import type { WorkerCommand, WorkerEvent } from "./worker-protocol.ts";

const DEFAULT_TIMEOUT_MS = 10_000;
/** As libwebrtc renews permissions. */
const DEFAULT_CHANNEL_REFRESH_SECONDS = 240;

/** One thread of clients: lives begin and leave as the main thread says, and it is told which are over. */
export function openWorker(port: MessagePort): void {
  const wheel = new Wheel(nowMs());
  driveWheel(wheel, nowMs);
  const lives = new Map<number, Life>();
  let setting: LifeSetting | null = null;
  let over: number[] = [];
  const say = (event: WorkerEvent) => port.postMessage(event);
  const onOver = (life: Life) => {
    lives.delete(life.id);
    if (over.length === 0) setImmediate(tellOver);
    over.push(life.id);
  };
  const tellOver = () => {
    say({ event: "over", lives: over });
    over = [];
  };
  const prepared = (): LifeSetting => {
    if (!setting) throw new Error("a life before its setting");
    return setting;
  };
  port.on("message", (command: WorkerCommand) => {
    switch (command.op) {
      case "prepare":
        setting = settingOf(command.spec, command.target, command.holdMs, wheel, onOver);
        break;
      case "begin":
        for (const [index, id] of command.lives.entries()) {
          const life = new Life(id, command.vus[index] ?? id, command.dueAtMs[index] ?? nowMs(), prepared());
          lives.set(id, life);
          life.begin();
        }
        break;
      case "leave":
        for (const id of command.lives) lives.get(id)?.leave();
        break;
      case "measure":
        say({ event: "measured", measure: prepared().tally.take(nowMs(), command.isLast) });
        break;
    }
  });
  say({ event: "ready" });
}

function settingOf(
  spec: AllocationSpec,
  target: GeneratorTarget,
  holdMs: number | null,
  wheel: Wheel,
  onOver: (life: Life) => void,
): LifeSetting {
  const { over, by = "channel", relayTo, timeoutMs = DEFAULT_TIMEOUT_MS, lifetimeSeconds = null } = spec;
  const messages = new TurnMessages();
  const streams = streamsOf(spec);
  return {
    messages,
    wheel,
    now: nowMs,
    openLink: (owner: LinkOwner): Link =>
      over === "udp" ? new UdpLink(target, owner) : new StreamLink({ over, ...target }, owner),
    userOf: usersOf(target.credentials),
    lifetimeSeconds,
    by,
    timeoutMs,
    channelRefreshMs: 1_000 * (target.channelRefreshSeconds ?? DEFAULT_CHANNEL_REFRESH_SECONDS),
    tally: new Tally(nowMs()),
    traffic: new TrafficWriter(messages, by, streams, over !== "udp"),
    streams,
    relayTo,
    farPeer: target.farPeer && peerAddress(target.farPeer),
    holdMs,
    onOver,
  };
}

function streamsOf({ traffic, relayTo }: AllocationSpec): readonly PacketStream[] {
  if (relayTo === "none" || traffic === undefined) return [];
  return typeof traffic === "string" ? TRAFFIC_PROFILES[traffic] : traffic;
}
