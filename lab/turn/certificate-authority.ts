import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { type CertificateFlaw, otherNameOf } from "../model/topology.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;

export type ServerCertificate = { chainPem: string; keyPem: string };

/** A CA made for one run. Peers trust it and nothing else of ours, so verification is never switched off. */
export class CertificateAuthority {
  readonly certificatePem: string;
  readonly #certificate: x509.X509Certificate;
  readonly #keys: webcrypto.CryptoKeyPair;
  #serial = 1;
  #stranger: Promise<CertificateAuthority> | undefined;
  #intermediate: Promise<CertificateAuthority> | undefined;

  private constructor(certificate: x509.X509Certificate, keys: webcrypto.CryptoKeyPair) {
    this.#certificate = certificate;
    this.#keys = keys;
    this.certificatePem = `${certificate.toString("pem")}\n`;
  }

  static async create(runId: string): Promise<CertificateAuthority> {
    const keys = (await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: "01",
      name: `CN=turnlab ${runId}`,
      ...validity(),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 1, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new CertificateAuthority(certificate, keys);
  }

  /** PEM of the authorities against which a certificate with this flaw verifies all the same. */
  async anchorsOf(flaw: CertificateFlaw | undefined): Promise<string> {
    if (flaw === "untrusted") return (await this.stranger()).certificatePem;
    if (flaw === "incomplete-chain") return `${(await this.#between()).certificatePem}${this.certificatePem}`;
    return this.certificatePem;
  }

  /** An authority that this one has signed, as those are that sign the certificates of the web. */
  #between(): Promise<CertificateAuthority> {
    this.#intermediate ??= this.#signAuthority();
    return this.#intermediate;
  }

  async #signAuthority(): Promise<CertificateAuthority> {
    const keys = (await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
    this.#serial += 1;
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: this.#serial.toString(16).padStart(2, "0"),
      subject: "CN=turnlab intermediate",
      issuer: this.#certificate.subject,
      ...validity(),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(this.#certificate, false),
      ],
    });
    return new CertificateAuthority(certificate, keys);
  }

  /** Another authority, which nobody trusts. */
  stranger(): Promise<CertificateAuthority> {
    this.#stranger ??= CertificateAuthority.create("stranger");
    return this.#stranger;
  }

  /**
   * A leaf for a TURN server: its names and its addresses all stand in subjectAltName, the chain follows it. `flaw`: what is to
   * be wrong with it.
   */
  async issue(
    hostname: string,
    addresses: readonly string[],
    aliases: readonly string[] = [],
    flaw?: CertificateFlaw,
  ): Promise<ServerCertificate> {
    if (flaw === "untrusted") return (await this.stranger()).issue(hostname, addresses, aliases);
    if (flaw === "incomplete-chain") {
      const { leafPem, keyPem } = await (await this.#between()).#issueLeaf(hostname, addresses, aliases);
      return { chainPem: leafPem, keyPem };
    }
    if (flaw === "other-name") return this.issue(otherNameOf(hostname), []);
    const { leafPem, keyPem } = await this.#issueLeaf(
      hostname,
      addresses,
      aliases,
      flaw === "expired" ? past() : validity(),
    );
    return { chainPem: `${leafPem}${this.certificatePem}`, keyPem };
  }

  async #issueLeaf(
    hostname: string,
    addresses: readonly string[],
    aliases: readonly string[],
    dates = validity(),
  ): Promise<{ leafPem: string; keyPem: string }> {
    const keys = (await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
    this.#serial += 1;
    const leaf = await x509.X509CertificateGenerator.create({
      serialNumber: this.#serial.toString(16).padStart(2, "0"),
      subject: `CN=${hostname}`,
      issuer: this.#certificate.subject,
      ...dates,
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([
          ...[hostname, ...aliases].map((name) => ({ type: "dns" as const, value: name })),
          ...addresses.map((address) => ({ type: "ip" as const, value: address })),
        ]),
        await x509.AuthorityKeyIdentifierExtension.create(this.#certificate, false),
      ],
    });
    const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
    return {
      leafPem: `${leaf.toString("pem")}\n`,
      keyPem: x509.PemConverter.encode(pkcs8, "PRIVATE KEY"),
    };
  }
}

/** Of a certificate that nobody has renewed. */
function past(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - 91 * DAY_MS), notAfter: new Date(Date.now() - DAY_MS) };
}

/** From an hour ago, for a server whose clock is behind; a run never lasts longer than a month. */
function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 30 * DAY_MS) };
}
