import type { TurnServerSpec } from "../../lab/index.ts";
import { type Calls, callsOver, overTls } from "./_calls.ts";

/** Two offices that let out TLS on 443 alone. */
export const callsOverTls = (turn: TurnServerSpec): Calls =>
  callsOver(turn, { near: { nat: "home", firewall: "tls-443" }, list: [overTls] });
