import { didYouMean } from "../model/nearest.ts";
import { CREDENTIAL_FLAWS, type CredentialFlaw } from "../model/topology.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { isMinted } from "./minted-server-faults.ts";
import { isGridValue, isRecord, valueAt } from "./read.ts";

const OF_ANY: readonly CredentialFlaw[] = ["wrong-password", "unknown-user"];
/** Of a server with a user of its own; all others are done wrong in minting. */
const OF_USERS: readonly CredentialFlaw[] = [...OF_ANY, "time-limited"];
const OF_MINTED = CREDENTIAL_FLAWS.filter((flaw) => flaw !== "time-limited");

/** The flaws that a credential of a server may have, by how that lets clients in. */
export const credentialFlawsOf = (minted: boolean): readonly CredentialFlaw[] => (minted ? OF_MINTED : OF_USERS);

/** Faults of what an application does wrong with a credential: where nothing asks for one, or it is made in another way. */
export function credentialFlawFaults(place: string, ref: unknown, value: unknown): Fault[] {
  const flaw = valueAt(ref, ["credential"]);
  if (!isRecord(ref) || !("server" in ref) || typeof flaw !== "string") return [];
  const at = `${place}.credential`;
  if (!CREDENTIAL_FLAWS.some((known) => known === flaw)) {
    const expected = `what is wrong with it: one of ${CREDENTIAL_FLAWS.join(", ")}`;
    return [{ place: at, expected, found: show(flaw), ...didYouMean(flaw, CREDENTIAL_FLAWS) }];
  }
  if (isGridValue(value)) {
    const expected = "none: what a cell must come to is computed from servers that let their clients in";
    return [{ place: at, expected, found: show(flaw) }];
  }
  if (Array.isArray(ref.urls) && ref.urls.length > 0 && ref.urls.every((kind) => kind === "stun")) {
    return [{ place: at, expected: "a TURN URL beside it: STUN asks for no credential", found: show(ref.urls) }];
  }
  const name = String(ref.server);
  const server = valueAt(value, ["topology", "turnServers", name]);
  // Another kind of server, or one whose turnserver.conf nobody has read yet (lab/apply-turn-config.ts).
  if (!isRecord(server) || server.config !== undefined) return [];
  if (valueAt(server, ["options", "no-auth"]) === true) {
    const expected = `a server that asks for credentials: ${name} has no-auth`;
    return [{ place: at, expected, found: show(flaw) }];
  }
  const minted = isMinted(value, name);
  const legal = credentialFlawsOf(minted);
  if (legal.some((known) => known === flaw)) return [];
  const why = minted ? "takes credentials minted with a secret" : "has no secrets, but a user";
  return [{ place: at, expected: `one of ${legal.join(", ")}: ${name} ${why}`, found: show(flaw) }];
}
