import type { CheckFinding, CheckNeeds } from "../../model/check.ts";
import { parseIceUrl } from "../../model/ice-url.ts";
import type { PortRange } from "../../model/port-ranges.ts";
import { checkConfig } from "../check-config.ts";
import { KNOWN_OPTIONS } from "../known-options.ts";
import { parseConfig } from "../parse-config.ts";
import { fillPlaceholders, findPlaceholders } from "../placeholders.ts";
import { Settings } from "../settings.ts";
import { maskFindings } from "./mask-findings.ts";
import { type MergedConfig, mergeConfig } from "./merge-config.ts";
import { portFindings } from "./port-findings.ts";
import { isCoturnImage, isOfficialImage, versionOfImage } from "./server-command.ts";
import type { Place, ServerSource } from "./server-source.ts";
import { sourceFinding } from "./source-rules.ts";

/** The configuration file of a server, as far as it could be had. */
export type SourceConfig =
  | { kind: "none" }
  | { kind: "read"; file: string; text: string }
  /** It is somewhere else, or not there. */
  | { kind: "unread"; path: string; line: number; why: "away" | "absent" }
  | { kind: "missing"; path: string; line: number };

export type SourceInput = {
  source: ServerSource;
  config: SourceConfig;
  values: ReadonlyMap<string, string>;
  /** Null: that of the image's tag. */
  version: string | null;
  needs?: CheckNeeds;
};

/** The version that a check of it is for; null where nobody knows. */
export function versionOf({ container }: ServerSource, asked: string | null): string | null {
  return asked ?? (container?.image ? versionOfImage(container.image) : null);
}

/** Everything that is wrong with a server that some file starts: its command line, its configuration, its ports. Pure. */
export function checkSource({ source, config, values, version: asked, needs }: SourceInput): CheckFinding[] {
  const version = versionOf(source, asked);
  const own = [...source.findings, ...imageFindings(source, version), ...configFindings(source, config)];
  const isUnread = config.kind === "unread" || config.kind === "missing";
  const merged = mergeConfig(source, config.kind === "read" ? config : null);
  const lines = parseConfig(fillPlaceholders(merged.text, parseConfig(merged.text), values));
  if (config.kind === "none" && source.arguments.length === 0) {
    return [
      ...own,
      noConfiguration(source),
      ...portFindings(source, new Settings([]), isExternalOpen(source, merged), needs),
    ];
  }
  const findings = checkConfig({
    file: source.file,
    text: merged.text,
    values,
    version,
    needs: needsInside(needs, source),
  })
    // What is not there may be in the file that could not be read, or be given when the server is started.
    .filter(({ line, option }) => line !== null || !(isUnread || (option !== null && merged.openOptions.has(option))))
    .filter(({ line }) => line === null || !merged.openLines.has(line))
    .filter(({ rule }) => !(rule === "no-listener-443" && isPublished(source, 443)))
    .map((finding) => placed(finding, { merged, source, config }));
  const isOpenPort = [...merged.openOptions, ...findPlaceholders(lines).map(({ key }) => key)].some((key) =>
    ["listening-port", "tls-listening-port", "min-port", "max-port"].includes(key),
  );
  const ports =
    isUnread || isOpenPort ? [] : portFindings(source, new Settings(lines), isExternalOpen(source, merged), needs);
  return maskFindings([...own, ...merged.findings, ...findings, ...ports], lines);
}

/** URLs lead to the machine's ports; what the server listens on are the container's behind them. */
function needsInside(needs: CheckNeeds | undefined, { container }: ServerSource): CheckNeeds | undefined {
  if (!needs || container?.network !== "published") return needs;
  const urls = needs.urls.map((url) => {
    const parsed = parseIceUrl(url);
    if ("error" in parsed) return url;
    const protocol = parsed.kind === "stun" || parsed.transport === "udp" ? "udp" : "tcp";
    const behind = container.ports.find(
      (port) => port.protocol === protocol && port.host !== null && isIn(parsed.port, port.host),
    );
    if (!behind?.host) return url;
    const port = behind.container.min + parsed.port - behind.host.min;
    return url.replace(/^(\w+:(?:\[[^\]]*\]|[^:?]+))(:\d+)?/, `$1:${port}`);
  });
  return { ...needs, urls };
}

/** Whether the machine has this TCP port for the container, whatever its own is. */
function isPublished({ container }: ServerSource, port: number): boolean {
  const ports = container?.network === "published" ? container.ports : [];
  return ports.some(({ protocol, host }) => protocol === "tcp" && host !== null && isIn(port, host));
}

const isIn = (port: number, { min, max }: PortRange) => min <= port && port <= max;

/** The official image looks its address up, unless it is given another command. */
function isExternalOpen({ container }: ServerSource, { openOptions }: MergedConfig): boolean {
  const isLookedUp = container?.isImageCommand === true && isOfficialImage(container.image ?? "");
  return isLookedUp || openOptions.has("external-ip");
}

/** Its README says that the entry point reads them (coturn: docker/coturn/README.md, 4.6.1 to 4.17.1). */
const UNREAD_VARIABLES = ["DETECT_EXTERNAL_IP", "DETECT_RELAY_IP", "DETECT_EXTERNAL_IPV6", "DETECT_RELAY_IPV6"];

function imageFindings({ file, container, anchorLine }: ServerSource, version: string | null): CheckFinding[] {
  if (!container?.image) return [];
  const unread = container.variables.filter(({ name }) => UNREAD_VARIABLES.includes(name));
  const ignored = unread.map(({ name, line }) => {
    const option = name.includes("RELAY") ? "relay-ip" : "external-ip";
    return sourceFinding("image-variable-ignored", {
      file,
      line,
      option,
      expected: `${option} among the arguments`,
      found: name,
      reason:
        "The image's README names it, and its entry point does not read it (docker-entrypoint.sh, 4.6.1 to 4.17.1).",
      fix: `--${option}=$(detect-external-ip${name.endsWith("V6") ? " --ipv6" : ""})`,
      affects: "users who need a relay, where the server's own address is not the one that they know",
    });
  });
  const told = isOfficialImage(container.image) ? ignored : [];
  if (version !== null || !isCoturnImage(container.image)) return told;
  return [
    ...told,
    sourceFinding("image-version-open", {
      file,
      line: anchorLine,
      expected: "a tag that begins with coturn's version, like 4.17.2, or --coturn-version",
      found: "one that does not",
      reason: "What differs between versions is not checked, and what runs changes whenever the image is fetched.",
    }),
  ];
}

function configFindings({ file }: ServerSource, config: SourceConfig): CheckFinding[] {
  if (config.kind === "missing") {
    return [
      sourceFinding("config-file-not-mounted", {
        file,
        line: config.line,
        option: null,
        expected: `${config.path} in the container`,
        found: "nothing mounted there",
        reason: "The image has no configuration of its own: coturn says that it finds none, and runs on its defaults.",
        fix: `a volume: ./turnserver.conf:${config.path}:ro`,
        affects: "all users",
      }),
    ];
  }
  if (config.kind !== "unread") return [];
  return [
    sourceFinding("config-file-not-read", {
      file,
      line: config.line,
      expected: config.why === "absent" ? `${config.path} beside this file` : "a configuration file beside this file",
      found: config.why === "absent" ? "none" : `${config.path}, which is elsewhere`,
      reason: "What is missing in the arguments may be in there: only what they say is checked. Check that file too.",
    }),
  ];
}

function noConfiguration({ file, container, anchorLine }: ServerSource): CheckFinding {
  return sourceFinding("no-configuration", {
    file,
    line: anchorLine,
    option: "lt-cred-mech",
    expected: "a configuration file, or arguments that ask for credentials",
    found: "neither",
    reason: `${container && isOfficialImage(container.image ?? "") ? "The image has no configuration file, and without" : "Without"} users and without a word about them coturn asks nobody for credentials: an open relay.`,
    fix: "--use-auth-secret --static-auth-secret=SECRET --realm=REALM",
    affects: "whoever runs the server, and everybody whom strangers reach through it",
  });
}

type Placing = { merged: MergedConfig; source: ServerSource; config: SourceConfig };

/** A finding of the merged text where it stands in the user's files. */
function placed(finding: CheckFinding, { merged, source, config }: Placing): CheckFinding {
  const place: { file: string; line: number | null } =
    isOfVersion(finding) && source.container?.image
      ? { file: source.file, line: source.anchorLine }
      : finding.line !== null
        ? (merged.places[finding.line - 1] ?? { file: source.file, line: source.anchorLine })
        : config.kind === "read"
          ? { file: config.file, line: null }
          : { file: source.file, line: source.anchorLine };
  const words = (text: string) =>
    text.replace(/\b([Ll]ine) (\d+)\b/g, (whole, line: string, digits: string) => {
      const other: Place | undefined = merged.places[Number(digits) - 1];
      if (!other) return whole;
      return other.file === place.file ? `${line} ${other.line}` : `${other.file}:${other.line}`;
    });
  const isArgument = place.file === source.file;
  const fix = finding.fix === null ? null : isArgument ? asArguments(finding.fix) : finding.fix;
  return {
    ...finding,
    ...place,
    expected: words(finding.expected),
    reason: words(finding.reason),
    fix: fix === null ? null : words(fix),
  };
}

/** What another image mends. */
const isOfVersion = ({ rule }: CheckFinding) => /^(cve|ghsa)-/.test(rule);

/** Lines of a file as arguments; what is none stays as it is. */
function asArguments(fix: string): string {
  const lines = fix.split("\n");
  const isLine = (line: string) =>
    Object.hasOwn(KNOWN_OPTIONS, /^[\w-]+/.exec(line)?.[0] ?? "") && /^[\w-]+(=|$)/.test(line);
  return lines.every(isLine) ? lines.map((line) => `--${line}`).join("\n") : fix;
}
