import type { TurnConfig } from "../turn-config/read-config.ts";

/** A file's options as the lab takes them: it has said all that there is to listen on. */
export const optionsOf = ({ facts }: TurnConfig): TurnConfig["facts"]["options"] => ({
  "aux-server": false,
  ...facts.options,
});

/** Without both coturn listens neither on TLS nor on DTLS. */
export const hasCertificate = ({ facts: { files } }: TurnConfig): boolean => files.cert !== null && files.pkey !== null;
