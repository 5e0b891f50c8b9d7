import type { ImageName } from "../runtime/image-ref.ts";
import type { FarPeerCommand, GeneratorCommand } from "./protocol.ts";

/** What the container of an agent of this room is made of, beside its place in a lab. */
export type AgentContainer = {
  image: ImageName;
  /** Whose sources it is given (`sourceFiles`). */
  folders: readonly string[];
  entrypoint: string[];
  /** Said as it starts, because an agent that is not greeted ends within 5 s; its handle greets again when all is up. */
  greeting: object;
};

/** Of its namespace: 64,512 sockets to one server. How many files it may open, Node raises to the engine's hard limit itself. */
export const AGENT_SYSCTLS = { "net.ipv4.ip_local_port_range": "1024 65535" } as const;

const FOLDERS = ["lab/model", "lab/stun", "lab/load", "lab/peer", "lab/turn-load", "lab/turn-load/agent"];
/** A generator has small objects by the ten thousand, and none of them is big: a larger young generation is only memory. */
const NODE = ["node", "--max-semi-space-size=8"];

/** `workers`: threads that hold the clients. TLS needs NODE_EXTRA_CA_CERTS, as in a peer. */
export function generatorContainer(workers: number): AgentContainer {
  return {
    image: "peer",
    folders: FOLDERS,
    entrypoint: [...NODE, "/turnlab/lab/turn-load/agent/main.js"],
    greeting: { op: "hello", workers } satisfies GeneratorCommand,
  };
}

export function farPeerContainer(): AgentContainer {
  return {
    image: "peer",
    folders: FOLDERS,
    entrypoint: [...NODE, "/turnlab/lab/turn-load/agent/far-peer.js"],
    greeting: { op: "hello" } satisfies FarPeerCommand,
  };
}
