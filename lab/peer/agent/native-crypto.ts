/**
 * Two things of werift 0.25.2's cryptography that cost most of what a packet or a handshake costs, done by OpenSSL for the
 * whole process. The results are the same bytes; `native-crypto.test.ts` holds them against what is replaced.
 *
 * - It gives ciphers and HMACs their keys as Buffers. Node 24 finds out by an exception that a key is no KeyObject, which takes
 *   more time than the packet: 15 µs instead of 4 for a cipher, 11 µs instead of 2 for an HMAC.
 * - It computes X25519 in JavaScript (tweetnacl): 0.85 ms for each handshake and end, instead of 0.19 ms.
 */
import crypto, { createSecretKey, diffieHellman, type KeyObject, randomBytes } from "node:crypto";
import { createRequire, syncBuiltinESMExports } from "node:module";

/** RFC 8410 section 7 and 4: what stands before the 32 bytes of a private and of a public key in DER. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b656e04220420", "hex");
const SPKI_HEAD = Buffer.from("302a300506032b656e032100", "hex");

export type X25519 = {
  scalarMult(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array;
  box: { keyPair(): { publicKey: Uint8Array; secretKey: Uint8Array } };
};

let isUsed = false;

/** From now on, for all sessions of this process. */
export function useNativeCrypto(): void {
  if (isUsed) return;
  isUsed = true;
  useKeyObjects();
  const nacl = naclOfWerift();
  nacl.scalarMult = nativeX25519.scalarMult;
  nacl.box.keyPair = nativeX25519.box.keyPair;
}

/** The same object that werift imports: its own, wherever npm has put that. */
export function naclOfWerift(): X25519 {
  return createRequire(import.meta.resolve("werift"))("tweetnacl");
}

function useKeyObjects(): void {
  const { createCipheriv, createDecipheriv, createHmac } = crypto;
  const keys = new WeakMap<object, KeyObject>();
  /** A cipher's key is the same Buffer for each packet, and nobody writes into it. */
  const keyObject = (key: unknown): unknown => {
    if (!(key instanceof Uint8Array)) return key;
    const known = keys.get(key) ?? createSecretKey(key);
    keys.set(key, known);
    return known;
  };
  const withKeyObject = <A extends unknown[], R>(create: (algorithm: string, key: never, ...rest: A) => R) =>
    ((algorithm: string, key: unknown, ...rest: A) => create(algorithm, keyObject(key) as never, ...rest)) as never;
  Object.assign(crypto, {
    createCipheriv: withKeyObject(createCipheriv),
    createDecipheriv: withKeyObject(createDecipheriv),
    createHmac: withKeyObject(createHmac),
  });
  syncBuiltinESMExports();
}

export const nativeX25519: X25519 = {
  scalarMult: (secretKey, publicKey) =>
    new Uint8Array(diffieHellman({ privateKey: privateKey(secretKey), publicKey: keyOf(publicKey) })),
  box: {
    keyPair: () => {
      // Exact copies: werift takes the whole buffer under them.
      const secretKey = new Uint8Array(randomBytes(32));
      const spki = crypto.createPublicKey(privateKey(secretKey)).export({ format: "der", type: "spki" });
      return { secretKey, publicKey: new Uint8Array(spki.subarray(SPKI_HEAD.length)) };
    },
  },
};

function privateKey(secretKey: Uint8Array): KeyObject {
  return crypto.createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, secretKey]), format: "der", type: "pkcs8" });
}

function keyOf(publicKey: Uint8Array): KeyObject {
  return crypto.createPublicKey({ key: Buffer.concat([SPKI_HEAD, publicKey]), format: "der", type: "spki" });
}
