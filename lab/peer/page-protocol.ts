/** What a browser's keeper and its page say to each other: one JSON object a frame of their WebSocket. */
import type { SessionCommand } from "./course/session-table.ts";
import type { AgentMessage } from "./protocol.ts";

/** Where the page's socket leads, at the server it was loaded from. */
export const LINE_PATH = "/line";

export type { SessionCommand };

export type KeeperMessage =
  /** From the harness; `receivedAtMs`: when it reached the container, CLOCK_MONOTONIC. */
  | { type: "command"; command: SessionCommand; receivedAtMs: number }
  /** The answer to `ask-time`. */
  | { type: "time"; keeperMs: number }
  | { type: "ping" };

export type PageMessage =
  | { type: "ask-time" }
  /** The page's clock is aligned and it takes commands. `clockErrorMs`: the most by which its times may be wrong. */
  | { type: "up"; clockErrorMs: number }
  /** For the harness. */
  | { type: "report"; report: AgentMessage }
  | { type: "pong" }
  /** Something broke that no session is to blame for. */
  | { type: "broken"; message: string };
