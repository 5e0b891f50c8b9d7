import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { naclOfWerift, nativeX25519, useNativeCrypto } from "./native-crypto.ts";

const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
const { scalarMult, box } = naclOfWerift();
const original = { scalarMult, keyPair: box.keyPair };

/** Everything that werift asks of node:crypto with a key. */
function underKey(key: Buffer) {
  const cipher = createCipheriv("aes-128-gcm", key, Buffer.alloc(12), { authTagLength: 16 });
  const sealed = Buffer.concat([cipher.update("a message"), cipher.final(), cipher.getAuthTag()]);
  const decipher = createDecipheriv("aes-128-gcm", key, Buffer.alloc(12), { authTagLength: 16 });
  decipher.setAuthTag(sealed.subarray(-16));
  const opened = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]).toString();
  return { sealed, opened, mac: createHmac("sha1", key).update("a message").digest("hex") };
}

it("computes X25519 as RFC 7748 section 6.1 has it", () => {
  const alice = hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  const bob = hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  expect(Buffer.from(nativeX25519.scalarMult(alice, bob)).toString("hex")).toBe(
    "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
  );
});

it("and as what it replaces, with keys of either", () => {
  const [ours, theirs] = [nativeX25519.box.keyPair(), original.keyPair()];
  const secret = nativeX25519.scalarMult(ours.secretKey, theirs.publicKey);
  expect(secret).toEqual(original.scalarMult(theirs.secretKey, ours.publicKey));
  expect([ours.secretKey, ours.publicKey].map(({ buffer }) => buffer.byteLength)).toEqual([32, 32]);
});

it("seals, opens and signs the same bytes, also under a key that is a part of a larger buffer", () => {
  const keys = [Buffer.alloc(16, 1), Buffer.alloc(48, 2).fill(3, 16, 32).subarray(16, 32)];
  const before = keys.map(underKey);
  useNativeCrypto();
  for (let packet = 0; packet < 3; packet++) expect(keys.map(underKey)).toEqual(before);
});
