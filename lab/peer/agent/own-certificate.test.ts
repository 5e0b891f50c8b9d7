import { createVerify, X509Certificate } from "node:crypto";
import { createRequire } from "node:module";
import { expect, it } from "vitest";
import { RTCDtlsTransport } from "werift";
import { rememberCertificate } from "./own-certificate.ts";

it("gives the same certificate, fingerprint and key, read once, and signs as the certificate says", async () => {
  const certificate = await RTCDtlsTransport.SetupCertificate();
  const x509 = createRequire(import.meta.resolve("werift"))("@fidm/x509");
  const read = () => ({
    fingerprints: certificate.getFingerprints(),
    raw: x509.Certificate.fromPEM(Buffer.from(certificate.certPem)).raw,
    key: x509.PrivateKey.fromPEM(Buffer.from(certificate.privateKey)),
  });
  const before = read();
  rememberCertificate();
  const after = read();
  expect({ ...after, key: after.key.toPEM() }).toEqual({ ...before, key: before.key.toPEM() });
  expect(read().key).toBe(after.key);
  const data = Buffer.from("ServerKeyExchange");
  const { publicKey } = new X509Certificate(certificate.certPem);
  expect(createVerify("sha256").update(data).verify(publicKey, after.key.sign(data, "sha256"))).toBe(true);
});

it("still refuses what is none", () => {
  const x509 = createRequire(import.meta.resolve("werift"))("@fidm/x509");
  rememberCertificate();
  expect(() => x509.Certificate.fromPEM(Buffer.from("no certificate"))).toThrow();
});
