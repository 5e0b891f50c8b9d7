/** For tests: what a server says to a client, as lab/stun writes it. */
import type { Attribute } from "../../stun/attributes.ts";
import { longTermKey } from "../../stun/integrity.ts";
import { attribute, encode, response, type StunMessage } from "../../stun/message.ts";

export const KEY = longTermKey("user", "lab.test", "password");
export const RELAYED = { address: "34.77.1.10", port: 50_000 };

const success = (to: StunMessage, attributes: Attribute[] = []) => response(to, "success", attributes);
export const error = (to: StunMessage, number: number, nonce?: string) =>
  encode(
    response(to, "error", [
      { name: "ERROR-CODE", value: { number, reason: "" } },
      ...(nonce
        ? ([
            { name: "REALM", value: "lab.test" },
            { name: "NONCE", value: nonce },
          ] as Attribute[])
        : []),
    ]),
  );

/** Grants everything, for that many seconds. */
export function grant(message: StunMessage, lifetimeSeconds = 600): Buffer {
  if (!attribute(message, "NONCE")) return error(message, 401, "n1");
  return encode(granted(message, lifetimeSeconds), { key: KEY });
}

/** As a server with `no-auth`. */
export function grantUnsigned(message: StunMessage, lifetimeSeconds = 600): Buffer {
  return encode(granted(message, lifetimeSeconds));
}

function granted(message: StunMessage, lifetimeSeconds: number): StunMessage {
  const lifetime: Attribute = { name: "LIFETIME", value: attribute(message, "LIFETIME") ?? lifetimeSeconds };
  if (message.method === "Allocate")
    return success(message, [{ name: "XOR-RELAYED-ADDRESS", value: RELAYED }, lifetime]);
  return success(message, message.method === "Refresh" ? [lifetime] : []);
}
