// tsyringe, under @peculiar/x509, wants it loaded first.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { once } from "node:events";
import { createServer, type TlsOptions } from "node:tls";
import * as x509 from "@peculiar/x509";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { clientHello, isDtlsRecord } from "./dtls.ts";
import { reachUrl } from "./reach.ts";
import { DEFAULT_PROBE_LIMITS } from "./target.ts";
import { askTls } from "./tls.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;
x509.cryptoProvider.set(webcrypto);

const newKeys = () => webcrypto.subtle.generateKey({ ...ALGORITHM }, true, ["sign", "verify"]);
type Authority = { certificate: x509.X509Certificate; keys: webcrypto.CryptoKeyPair };
let root: Authority;
let between: Authority;

beforeAll(async () => {
  const keys = await newKeys();
  const extensions = [new x509.BasicConstraintsExtension(true, undefined, true)];
  const dates = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + 90 * DAY_MS) };
  const own = { name: "CN=root", keys, signingAlgorithm: ALGORITHM, extensions, ...dates };
  root = { certificate: await x509.X509CertificateGenerator.createSelfSigned(own), keys };
  const others = await newKeys();
  const signed = {
    subject: "CN=between",
    issuer: "CN=root",
    publicKey: others.publicKey,
    signingKey: keys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions,
    ...dates,
  };
  between = { certificate: await x509.X509CertificateGenerator.create(signed), keys: others };
});

const cleanups: (() => unknown)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function serve({ by = root, days = 30, ...options }: { by?: Authority; days?: number } & TlsOptions = {}) {
  const keys = await newKeys();
  const leaf = await x509.X509CertificateGenerator.create({
    subject: "CN=turn.lab.test",
    issuer: by.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: by.keys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: "turn.lab.test" }])],
    notBefore: new Date(Date.now() - 60 * DAY_MS),
    notAfter: new Date(Date.now() + days * DAY_MS + 60_000),
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  const sent: string[] = [];
  const server = createServer({ key, cert: leaf.toString("pem"), ...options }, (socket) => {
    socket.on("error", () => {});
    socket.on("data", (data) => sent.push(String(data)));
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => server.close());
  const at = server.address();
  if (at === null || typeof at === "string") throw new Error("no port");
  return { port: at.port, sent };
}

const limits = { ...DEFAULT_PROBE_LIMITS, timeoutMs: 500 };
async function ask(port: number, servername = "turn.lab.test") {
  const ca = root.certificate.toString("pem");
  const target = { address: "127.0.0.1", port, transport: "tls" as const, servername, ca, url: "turns:turn.lab.test" };
  const results = await askTls(target, limits);
  return Object.fromEntries(results.map((result) => [result.id, result]));
}

describe("TLS as a server shows it", () => {
  it("is all right where it is", async () => {
    const { port, sent } = await serve();
    const said = await ask(port);
    expect(Object.values(said).filter(({ verdict }) => verdict !== "ok")).toEqual([]);
    expect(said["tls-days-left"]).toMatchObject({ observed: "30 days", measured: { daysLeft: 30 } });
    expect(sent, "nothing is sent").toEqual([]);
  });

  it("tells old versions that are accepted, and new ones that are not", async () => {
    const old = await serve({ minVersion: "TLSv1", maxVersion: "TLSv1.2", ciphers: "DEFAULT@SECLEVEL=0" });
    expect(await ask(old.port)).toMatchObject({
      "tls-1.0": { verdict: "weak", observed: "accepted" },
      "tls-1.1": { verdict: "weak", observed: "accepted" },
      "tls-1.3": { verdict: "weak", observed: "refused" },
    });
  });

  it.each([
    ["expired", { days: -3 }, "turn.lab.test", "tls-days-left", "ended 3 days ago", "error"],
    ["about to", { days: 5 }, "turn.lab.test", "tls-days-left", "5 days", "warning"],
    ["of another name", {}, "other.lab.test", "tls-name", /other\.lab\.test/, "error"],
  ] as const)("a certificate that has %s is told by that alone", async (_, how, name, id, observed, severity) => {
    const { port } = await serve(how);
    const said = await ask(port, name);
    expect(Object.values(said).filter(({ verdict }) => verdict === "weak")).toMatchObject([
      { id, severity, observed: expect.stringMatching(observed) },
    ]);
  });

  it("tells a chain that is cut, and what it is when it is whole", async () => {
    const cut = await serve({ by: between });
    expect((await ask(cut.port))["tls-chain"]).toMatchObject({
      verdict: "weak",
      observed: expect.stringContaining("lacks the chain"),
    });
  });

  it("lets no URL over it through", async () => {
    const { port, sent } = await serve({ days: -3 });
    const ca = root.certificate.toString("pem");
    const credential = { username: "alice", password: "open-sesame" };
    const resolve = async () => ["127.0.0.1"];
    const { reach } = await reachUrl(`turns:turn.lab.test:${port}`, { credential, ca, limits, resolve });
    expect(reach).toMatchObject({
      addresses: ["127.0.0.1"],
      tls: { subject: "turn.lab.test", issuer: "root", daysLeft: -3, fault: expect.stringContaining("has expired") },
      failed: { step: "tls", code: "turn_tls_failed" },
      relayed: null,
    });
    expect(sent, "the credential goes to nobody who is not trusted").toEqual([]);
  });
});

describe("a ClientHello of DTLS", () => {
  it("has lengths that agree with each other (RFC 6347 section 4)", () => {
    const bytes = clientHello(Buffer.alloc(32));
    expect(isDtlsRecord(bytes)).toBe(true);
    const [record, handshake, fragment] = [bytes.readUInt16BE(11), bytes.readUIntBE(14, 3), bytes.readUIntBE(22, 3)];
    expect([record, handshake, fragment]).toEqual([bytes.length - 13, bytes.length - 25, bytes.length - 25]);
  });

  it("is not taken for what STUN is", () => {
    expect(isDtlsRecord(Buffer.alloc(20))).toBe(false);
    expect(isDtlsRecord(Buffer.from([22]))).toBe(false);
  });
});
