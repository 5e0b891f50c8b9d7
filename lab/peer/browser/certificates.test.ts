import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { expect, it } from "vitest";
import { certificatesOf, pemOf } from "./certificates.ts";

it("takes each certificate out of a file of several, and nothing else", () => {
  const [first = "", second = ""] = rootCertificates;
  const found = certificatesOf(`an authority\n${first}\nanother\n${second}`);
  expect(found.map((base64) => new X509Certificate(Buffer.from(base64, "base64")).fingerprint256)).toEqual(
    [first, second].map((pem) => new X509Certificate(pem).fingerprint256),
  );
  expect(certificatesOf("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")).toEqual([]);
});

it("makes a file of one again", () => {
  const [pem = ""] = rootCertificates;
  const [base64 = ""] = certificatesOf(pem);
  expect(new X509Certificate(pemOf(base64)).fingerprint256).toBe(new X509Certificate(pem).fingerprint256);
});
