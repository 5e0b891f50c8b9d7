/**
 * What the two peers of a call say to a signalling server, as JSON texts: the one file to change for a server that speaks otherwise.
 *
 * The server tells each message to everybody else in its room, unchanged and in order, and answers `join` with `joined`. Nothing of k6
 * is in here.
 */

export type PeerName = "offerer" | "answerer";

export type Message =
  /** To the server: from now on this connection is one of the room's. */
  | { type: "join"; room: string; from: PeerName }
  /** From the server: it is. */
  | { type: "joined"; room: string }
  | { type: "offer" | "answer"; room: string; from: PeerName; sdp: string }
  /** Trickle ICE (RFC 8838); `n` counts this peer's candidates, so that a lost one is seen. */
  | { type: "candidate"; room: string; from: PeerName; candidate: string; sdpMid: string; n: number }
  | { type: "leave"; room: string; from: PeerName };

export function encode(message: Message): string {
  return JSON.stringify(message);
}

/** Null: nothing that is known here, which a server may well say. */
export function decode(text: string): Message | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || !("type" in value)) return null;
  const known = ["join", "joined", "offer", "answer", "candidate", "leave"];
  return typeof value.type === "string" && known.includes(value.type) ? (value as Message) : null;
}

/** A description of a data channel as browsers make one, with a fragment of its own (RFC 8829, RFC 8839). */
export function descriptionOf(room: string, from: PeerName): string {
  const lines = [
    "v=0",
    "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    "a=group:BUNDLE 0",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "c=IN IP4 0.0.0.0",
    `a=ice-ufrag:${from.slice(0, 4)}`,
    `a=ice-pwd:${`${room}-${from}`.padEnd(22, "x").slice(0, 64)}`,
    "a=ice-options:trickle",
    `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "7F").join(":")}`,
    `a=setup:${from === "offerer" ? "actpass" : "active"}`,
    "a=mid:0",
    "a=sctp-port:5000",
    "a=max-message-size:262144",
  ];
  return `${lines.join("\r\n")}\r\n`;
}

/** One of TEST-NET-1 (RFC 5737): nobody may send there. */
export function candidateOf(n: number): string {
  return `candidate:${n} 1 udp ${2_122_260_223 - n} 192.0.2.${(n % 254) + 1} ${50_000 + n} typ host generation 0`;
}
