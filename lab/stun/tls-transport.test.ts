// tsyringe, under @peculiar/x509, wants it loaded first.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import * as x509 from "@peculiar/x509";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "./connect.ts";
import { attribute, decode, encode, request, response } from "./message.ts";
import { StunClient } from "./stun-client.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const VALID = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
x509.cryptoProvider.set(webcrypto);

const newKeys = () => webcrypto.subtle.generateKey({ ...ALGORITHM }, true, ["sign", "verify"]);
async function newAuthority(name: string) {
  const keys = await newKeys();
  const extensions = [new x509.BasicConstraintsExtension(true, undefined, true)];
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions,
    ...VALID,
  });
  return { keys, certificate };
}

let server: ReturnType<typeof createServer>;
let port: number;
let ca: string;
let otherCa: string;

beforeAll(async () => {
  const authority = await newAuthority("lab");
  const keys = await newKeys();
  const leaf = await x509.X509CertificateGenerator.create({
    subject: "CN=turn.lab.test",
    issuer: authority.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: "turn.lab.test" }])],
    ...VALID,
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  ca = authority.certificate.toString("pem");
  otherCa = (await newAuthority("other")).certificate.toString("pem");
  server = createServer({ key, cert: leaf.toString("pem") }, (socket) => {
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      const message = decode(chunk);
      if (!("error" in message))
        socket.write(encode(response(message, "success", [{ name: "SOFTWARE", value: "tls" }])));
    });
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const reach = (options: { servername?: string; ca?: string }) =>
  connect({ address: "127.0.0.1", port, transport: "tls", ...options }, { timeoutMs: 5_000 });

describe("TLS", () => {
  it("carries STUN when the certificate is trusted and names the server", async () => {
    await using client = new StunClient(await reach({ servername: "turn.lab.test", ca }));
    expect(attribute(await client.request(request("Binding")), "SOFTWARE")).toBe("tls");
  });

  it.each([
    ["an authority nobody trusts", () => reach({ servername: "turn.lab.test", ca: otherCa })],
    ["an authority Node does not know", () => reach({ servername: "turn.lab.test" })],
    ["another name", () => reach({ servername: "other.lab.test", ca })],
    ["no name, for the address is not in it", () => reach({ ca })],
  ])("rejects %s", async (_, attempt) => {
    await expect(attempt()).rejects.toMatchObject({ code: "certificate_rejected" });
  });
});
