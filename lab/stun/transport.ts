import type { TurnTransport } from "../model/ice.ts";
import type { StunError } from "./stun-error.ts";
import type { TransportAddress } from "./transport-address.ts";

/** Where a server listens, and how its certificate is verified. */
export type ServerTarget = TransportAddress & {
  transport: TurnTransport;
  /** TLS: the name the certificate must carry; absent: the address itself. */
  servername?: string;
  /** TLS: PEM of the only authorities trusted; absent: those of Node. */
  ca?: string;
};

/** A connected way to one server: whole STUN messages and ChannelData in and out. */
export interface Transport {
  readonly kind: TurnTransport;
  readonly local: TransportAddress;
  readonly remote: TransportAddress;
  send(bytes: Buffer): void;
  /** One handler; set before the first request. */
  onFrame(handler: (bytes: Buffer) => void): void;
  /** Called at most once, when the way breaks; not after `close`. */
  onBroken(handler: (error: StunError) => void): void;
  close(): Promise<void>;
}
