import type { UnknownAttribute } from "../../stun/attributes.ts";
import type { StunMessage } from "../../stun/message.ts";

/** RESPONSE-PORT, RFC 5780 section 7.5: asks that the answer be sent to this port of the address that asks. */
export const RESPONSE_PORT = 0x0027;

export function responsePortAttribute(port: number): UnknownAttribute {
  const value = Buffer.alloc(4);
  value.writeUInt16BE(port);
  return { name: "unknown", type: RESPONSE_PORT, value };
}

/** Null where there is none, or a malformed one. */
export function responsePort(message: StunMessage): number | null {
  for (const one of message.attributes) {
    if (one.name !== "unknown" || one.type !== RESPONSE_PORT) continue;
    // Two bytes of port, two of padding that RFC 5780 counts in the length; coturn's client sends both shapes.
    return one.value.length === 2 || one.value.length === 4 ? one.value.readUInt16BE(0) : null;
  }
  return null;
}
