/** Numbers on the wire of STUN (RFC 8489), TURN (RFC 8656), its TCP allocations (RFC 6062) and NAT behaviour discovery (RFC 5780). */

/** RFC 8489 section 5. */
export const MAGIC_COOKIE = 0x2112a442;
export const HEADER_BYTES = 20;
export const TRANSACTION_ID_BYTES = 12;

/** RFC 8489 section 18.2 (Binding), RFC 6062 section 6.1 (Connect…), RFC 8656 section 17 (the rest). */
export const METHODS = {
  Binding: 0x001,
  Allocate: 0x003,
  Refresh: 0x004,
  Send: 0x006,
  Data: 0x007,
  CreatePermission: 0x008,
  ChannelBind: 0x009,
  Connect: 0x00a,
  ConnectionBind: 0x00b,
  ConnectionAttempt: 0x00c,
} as const;
export type Method = keyof typeof METHODS;

/** RFC 8489 section 5: the two class bits of the message type. */
export const CLASSES = { request: 0b00, indication: 0b01, success: 0b10, error: 0b11 } as const;
export type MessageClass = keyof typeof CLASSES;

/** RFC 8489 section 14.7: the CRC-32 is XORed with "STUN". */
export const FINGERPRINT_XOR = 0x5354554e;
/** RFC 8489 section 14.5: an HMAC-SHA1. */
export const INTEGRITY_BYTES = 20;

/** REQUESTED-TRANSPORT, RFC 8656 section 18.7: IANA protocol numbers. */
export const PROTOCOL_UDP = 17;
export const PROTOCOL_TCP = 6;

/** RFC 8656 section 12: channel numbers; section 12.4: ChannelData has a header of 4 bytes. */
export const FIRST_CHANNEL = 0x4000;
export const LAST_CHANNEL = 0x4fff;
export const CHANNEL_DATA_HEADER_BYTES = 4;

/** Retransmission over UDP, RFC 8489 section 6.2.1; Ti over TCP and TLS, section 6.2.2. */
export const DEFAULT_RTO_MS = 500;
export const MAX_TRANSMISSIONS = 7;
export const LAST_WAIT_RTOS = 16;
export const TRANSACTION_TIMEOUT_MS = 39_500;
