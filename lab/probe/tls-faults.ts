/** What OpenSSL's verification says, in words that say what to do (openssl-verification-options(1), X509_V_ERR_…). */
const FAULTS: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "its issuer was not sent and is not known here: cert lacks the chain, or nobody knows the authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "an issuer in its chain is not known here: the chain is cut, or nobody knows the authority",
  UNABLE_TO_GET_ISSUER_CERT: "an issuer in its chain is missing",
  DEPTH_ZERO_SELF_SIGNED_CERT: "it is signed by itself",
  SELF_SIGNED_CERT_IN_CHAIN: "its authority is not among those that are trusted here",
  CERT_HAS_EXPIRED: "it has expired",
  CERT_NOT_YET_VALID: "it is not valid yet",
};

export const sayTlsFault = (code: string): string => FAULTS[code] ?? code;
