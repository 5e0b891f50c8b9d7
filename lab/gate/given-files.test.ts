import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { beforeAll, describe, expect, it } from "vitest";
import type { TurnConfig } from "../turn-config/read-config.ts";
import { certificateFindings } from "./certificate-findings.ts";
import { pairFaults, readGivenFiles, ungivenPaths, unnamedFiles, withFiles } from "./given-files.ts";
import { missingFiles } from "./missing-files.ts";
import { configOf } from "./test-config.ts";

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 5, 1);
const TLS = "turns:turn.example.org:443?transport=tcp";

async function pair(names: readonly string[], days: [from: number, to: number] = [-10, 80]) {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=test",
    notBefore: new Date(NOW + days[0] * DAY_MS),
    notAfter: new Date(NOW + days[1] * DAY_MS),
    signingAlgorithm: algorithm,
    keys,
    extensions: [new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns" as const, value })))],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  return { cert: certificate.toString("pem"), key: x509.PemConverter.encode(pkcs8, "PRIVATE KEY") };
}

function given(contents: Record<string, string>) {
  const names = Object.keys(contents);
  return readGivenFiles(
    names.map((path) => `${path}=${path.slice(1).replaceAll("/", "-")}`),
    (file) => Buffer.from(contents[names.find((path) => path.slice(1).replaceAll("/", "-") === file) ?? ""] ?? ""),
  ).files;
}

const configWith = (cert: string, key: string): TurnConfig =>
  withFiles(configOf(), given({ "/etc/ssl/fullchain.pem": cert, "/etc/ssl/privkey.pem": key }));

describe("--file", () => {
  it("takes a path as coturn resolves it, and a file", () => {
    const { files, faults } = readGivenFiles(["certs/a.pem=here.pem", "/b.pem=x=y.pem"], (file) => Buffer.from(file));
    expect(files.map(({ path, file, content }) => [path, file, content.toString()])).toEqual([
      ["/etc/certs/a.pem", "here.pem", "here.pem"],
      ["/b.pem", "x=y.pem", "x=y.pem"],
    ]);
    expect(faults).toEqual([]);
  });

  it("tells every fault", () => {
    const { faults } = readGivenFiles(["here.pem", "=here.pem", "/a=", "/b=gone", "/c=c", "/c=d"], (file) => {
      if (file === "gone") throw Object.assign(new Error(), { code: "ENOENT" });
      return Buffer.from("");
    });
    expect(faults.map(({ found }) => found)).toEqual([
      "no such pair",
      "no such pair",
      "no such pair",
      "gone: no such file (ENOENT)",
      "/c twice",
    ]);
    expect(unnamedFiles([configOf()], given({ "/etc/ssl/fullchain.perm": "" }))).toMatchObject([
      {
        place: "--file /etc/ssl/fullchain.perm=etc-ssl-fullchain.perm",
        hint: 'Did you mean "/etc/ssl/fullchain.pem"?',
      },
    ]);
    expect(pairFaults(withFiles(configOf(), given({ "/etc/ssl/privkey.pem": "" })))).toMatchObject([
      { expected: "cert beside pkey: they are a pair" },
    ]);
  });

  it("leaves alone what a file does not name", () => {
    const config = configOf(["dh-file=/etc/dh.pem"]);
    expect(withFiles(config, given({ "/other": "" }))).toEqual(config);
    const filed = withFiles(config, given({ "/etc/dh.pem": "dh" }));
    expect(pairFaults(filed)).toEqual([]);
    expect(ungivenPaths(filed).map(({ option }) => option)).toEqual(["cert", "pkey"]);
  });
});

describe("missingFiles", () => {
  it("tells the candidate's path at which the machine has nothing, and what was meant", () => {
    const files = given({ "/etc/ssl/fullchain.pem": "c", "/etc/ssl/privkey.pem": "k" });
    const withGiven = (config: TurnConfig) => withFiles(config, files);
    const baseline = withGiven(configOf(["dh-file=/etc/dh.pem"]));
    const moved = withGiven(configOf(["cert=/etc/ssl/fulchain.pem", "pkey=/etc/ssl/key.pem", "dh-file=/etc/dh2.pem"]));
    expect(missingFiles(moved, baseline).map(({ option, line, found, fix }) => [option, line, found, fix])).toEqual([
      ["cert", 7, "/etc/ssl/fulchain.pem", "cert=/etc/ssl/fullchain.pem"],
      ["pkey", 8, "/etc/ssl/key.pem", "pkey=/etc/ssl/privkey.pem"],
    ]);
    expect(missingFiles(baseline, baseline)).toEqual([]);
    // Nothing is known of a machine of which nothing was given.
    expect(missingFiles(moved, configOf())).toEqual([]);
    expect(missingFiles(moved, null)).toEqual([]);
  });
});

describe("certificateFindings", () => {
  let good: Awaited<ReturnType<typeof pair>>;
  let other: Awaited<ReturnType<typeof pair>>;
  beforeAll(async () => {
    good = await pair(["turn.example.org"]);
    other = await pair(["*.example.net"]);
  });
  const rulesOf = (config: TurnConfig, urls = [TLS], nowMs = NOW) =>
    certificateFindings(config, urls, nowMs).map(({ rule, severity, line }) => `${rule} ${severity} ${line}`);

  it("has nothing to say of a good pair, of none, and of one that nobody asks for", () => {
    expect(rulesOf(configWith(good.cert, good.key))).toEqual([]);
    expect(rulesOf(configOf())).toEqual([]);
    expect(rulesOf(configWith(other.cert, other.key), ["turn:turn.example.org"])).toEqual([]);
  });

  it("tells another certificate's key, another name, and what can be read by nobody", () => {
    expect(rulesOf(configWith(good.cert, other.key))).toEqual(["certificate-key-mismatch error 8"]);
    expect(rulesOf(configWith(other.cert, other.key))).toEqual(["certificate-other-name error 7"]);
    expect(rulesOf(configWith("no PEM", good.key))).toEqual(["certificate-unreadable error 7"]);
    expect(rulesOf(configWith(good.cert, good.cert))).toEqual(["certificate-unreadable error 8"]);
  });

  it("tells what has expired, does soon, or is not valid yet", () => {
    const at = (days: number) => rulesOf(configWith(good.cert, good.key), [TLS], NOW + days * DAY_MS);
    expect(at(81)).toEqual(["certificate-expired error 7"]);
    expect(at(-11)).toEqual(["certificate-expired error 7"]);
    expect(at(70)).toEqual(["certificate-expires-soon warning 7"]);
    expect(at(60)).toEqual([]);
  });

  it("tells no word of the key", () => {
    const findings = certificateFindings(configWith(good.key, good.cert), [TLS], NOW);
    expect(findings).not.toEqual([]);
    for (const line of good.key.split("\n").filter((one) => !one.startsWith("---"))) {
      if (line !== "") expect(JSON.stringify(findings)).not.toContain(line);
    }
  });
});
