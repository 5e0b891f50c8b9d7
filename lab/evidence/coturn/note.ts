import type { ServerEvidence } from "../../model/evidence.ts";
import type { LogLine } from "./line.ts";

export type Note = { level: ServerEvidence["notes"][number]["level"]; text: string };

/** Before 4.6.2 a warning looks like any other line. */
const WARNINGS =
  /^\s*(?:WARNING|CONFIG(?:URATION)?\b|DEPRECATED|NO EXPLICIT|Trying to bind|Bad configuration format|Check config|Unknown|Wrong|Invalid|Aborting)|\b(?:cannot|can't|could not|unable to|fail(?:ed|ure)?|fatal|not supported|denied|reached|exhausted|no available ports|rate-limit)\b/i;
const ERRORS =
  /^\s*(?:ERROR|CONFIG ERROR|CONFIGURATION ALERT|Aborting)|unrecognized option|unknown argument|\bfatal\b|: ERROR: |(?:turnserver|bind): .*(?:in use|denied|invalid)/i;
/** Of what is no trouble, what tells what the server is and where. */
const TELLING =
  /listener opened on|^Listener address|^Relay address|^Default realm|external-ip|^(?:White|Black) listing|bytes per second allowed|^Security: |^Domain name: \S|Version Coturn|^Draining|^Terminating|Forceful shutdown|port range|^Alternate server|^Aux server/i;
/** Noise of every start, though it has one of those words. */
const EVERYDAY =
  /^(?:socket|socket: )|Protocol not supported|CHANGE_REQUEST|MongoDB|SQLite|Redis|MySQL|PostgreSQL|no-cli/i;
/** Programs that write into the same log without coturn's time and level. */
const UNSTYLED =
  /unrecognized option|requires an argument|^(?:bind|turnserver): |exec format|not found|^Version Coturn/i;

/** What a line says of the server itself, without what opens anything; null: nothing. */
export function noteOf({ text, level, style }: LogLine): Note | null {
  const said = text.trim();
  if (said === "" || EVERYDAY.test(said) || (style === null && !UNSTYLED.test(said))) return null;
  if (level === "error" || ERRORS.test(said)) return { level: "error", text: masked(said) };
  if (level === "warning" || WARNINGS.test(said)) return { level: "warning", text: masked(said) };
  return TELLING.test(said) ? { level: "info", text: masked(said) } : null;
}

/** Options that a faulty line may name with its value: what it is set to says what is wrong and opens nothing. */
const SHOWN =
  /^"?(?:allowed-peer-ip|denied-peer-ip|external-ip|listening-|relay-ip|realm|min-port|max-port|cert$|pkey$)/;

/** coturn repeats faulty lines of its configuration whole, connection strings and accounts with their passwords. */
function masked(text: string): string {
  return text
    .replace(/(pass(?:word|wd)?|secret|key)=\S+/gi, "$1=***")
    .replace(
      /^((?:\S+ )?(?:Bad configuration format|Check config! The following line ends with semicolon): )("?[\w.-]*)(.*)$/i,
      (whole, head: string, option: string, value: string) =>
        value === "" || SHOWN.test(option) ? whole : `${head}${option}=***`,
    )
    .replace(/((?:Wrong (?:user account|password|key(?: format)?)|Unknown argument): ).+$/i, "$1***")
    .replace(/\bTXT2PCAP: .*$/, "TXT2PCAP: ***");
}
