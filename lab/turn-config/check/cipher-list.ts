/**
 * TLS 1.2 ciphers that browsers offer to TURN servers, as OpenSSL names them (BoringSSL's list of Chrome and NSS's of Firefox together; both
 * offer the CBC ones last).
 */
const OF_BROWSERS: ReadonlySet<string> = new Set([
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
  "ECDHE-ECDSA-AES128-SHA",
  "ECDHE-ECDSA-AES256-SHA",
  "ECDHE-RSA-AES128-SHA",
  "ECDHE-RSA-AES256-SHA",
  "AES128-GCM-SHA256",
  "AES256-GCM-SHA384",
  "AES128-SHA",
  "AES256-SHA",
]);

/** Words of OpenSSL's for classes of ciphers of which browsers speak none. */
const CLASSES_OF_NONE: ReadonlySet<string> = new Set([
  "NULL",
  "eNULL",
  "aNULL",
  "ADH",
  "AECDH",
  "LOW",
  "EXP",
  "EXPORT",
  "EXPORT40",
  "EXPORT56",
  "DES",
  "3DES",
  "RC2",
  "RC4",
  "IDEA",
  "SEED",
  "CAMELLIA",
  "CAMELLIA128",
  "CAMELLIA256",
  "ARIA",
  "ARIA128",
  "ARIA256",
  "PSK",
  "SRP",
  "DSS",
  "aDSS",
  "DHE",
  "EDH",
  "kDHE",
  "kEDH",
  "AESCCM",
  "AESCCM8",
  "MD5",
  "SSLv2",
]);

/**
 * Whether browsers find a cipher in a list: `some` where it names one, `none` where it can name none, `unknown` where it is for OpenSSL to
 * work out.
 */
export function ciphersForBrowsers(list: string): "some" | "none" | "unknown" {
  const words = list.split(/[:, ]+/).filter((word) => word !== "" && !/^[!\-@]/.test(word));
  if (words.length === 0) return "unknown";
  const removed = new Set(
    list
      .split(/[:, ]+/)
      .filter((word) => /^[!-]/.test(word))
      .map((word) => word.slice(1)),
  );
  if (words.some((word) => OF_BROWSERS.has(word.replace(/^\+/, "")) && !removed.has(word))) return "some";
  const isNone = (word: string) =>
    word.split("+").some((part) => CLASSES_OF_NONE.has(part)) || (isName(word) && !OF_BROWSERS.has(word));
  return words.every(isNone) ? "none" : "unknown";
}

/**
 * A cipher's own name has dashes; a class has none, but for two words with which nobody begins a list. Names of TLS 1.3 are none that the list
 * takes.
 */
function isName(word: string): boolean {
  return (word.includes("-") && !word.startsWith("COMPLEMENTOF")) || word.startsWith("TLS_");
}
