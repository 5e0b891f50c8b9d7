import type { CheckFinding } from "../model/check.ts";
import { letsIn } from "../model/firewall.ts";
import { CLIENT_NETWORKS, type ClientNetwork, type GateProfile } from "../model/gate-profile.ts";
import type { TurnUrl } from "../model/ice-url.ts";
import { listensOn, usualPorts } from "../model/turn-listeners.ts";
import { parseConfig } from "../turn-config/parse-config.ts";
import type { TurnConfig } from "../turn-config/read-config.ts";
import { Settings } from "../turn-config/settings.ts";
import { hasCertificate, optionsOf } from "./config-options.ts";
import { isLetOut } from "./networks.ts";
import { optionOf } from "./plan-cells.ts";
import { turnUrls } from "./turn-urls.ts";

type Url = TurnUrl & { url: string };

/** What each network lets out, and so asks for. */
const NEEDS: Readonly<Record<ClientNetwork, { what: string; fix: string }>> = {
  home: { what: "a TURN URL", fix: "Hand out turn:HOST:3478?transport=udp." },
  symmetric: { what: "a TURN URL", fix: "Hand out turn:HOST:3478?transport=udp." },
  cgnat: { what: "a TURN URL", fix: "Hand out turn:HOST:3478?transport=udp." },
  "udp-blocked": {
    what: "a TURN URL over TCP or TLS",
    fix: "Listen on TLS (tls-listening-port=443, cert, pkey) and hand out turns:HOST:443?transport=tcp.",
  },
  "web-only": {
    what: "a TURN URL over TCP or TLS on port 443 or 80",
    fix: "Listen on TLS at 443 (tls-listening-port=443, cert, pkey) and hand out turns:HOST:443?transport=tcp.",
  },
  "tls-443": {
    what: "a TURN URL over TLS on port 443",
    fix: "Listen on TLS at 443 (tls-listening-port=443, cert, pkey) and hand out turns:HOST:443?transport=tcp.",
  },
};

/** In the order in which they are told. */
export const CANNOT_WORK_RULES = [
  { id: "network-without-url", severity: "error", title: "Nothing of the list gets out of a network that must work." },
  { id: "network-without-listener", severity: "error", title: "Nobody listens where a network's users get to." },
  { id: "url-outside-firewall", severity: "error", title: "The firewall does not let in what a URL asks for." },
] as const;

/**
 * What no call can come to, told before any: networks out of which nothing of the list gets, or whose users find nobody who
 * listens, and URLs at a closed firewall. Asked of both files; what both have is there already. Pure.
 */
export function cellsThatCannotWork(profile: Needs, config: TurnConfig): CheckFinding[] {
  const { networks, firewall } = profile;
  const urls = distinctUrls(profile);
  const lines = new Settings(parseConfig(config.text));
  const at = (option: string | null) => ({
    file: config.file,
    line: option === null ? null : (lines.lineOf(option)?.number ?? null),
    option,
  });
  const silent = urls.flatMap((url) => {
    const why = whyNobodyListens(url, config) ?? whyNobodyGetsIn(url, firewall);
    return why === null ? [] : [{ url, ...why }];
  });
  const isHeard = (url: Url) => !silent.some((one) => one.url.url === url.url);
  const ofNetworks = networks.flatMap((network): CheckFinding[] => {
    const able = urls.filter((url) => isLetOut(network, url));
    if (able.some(isHeard)) return [];
    const { what, fix } = NEEDS[network];
    const common = { severity: "error" as const, affects: CLIENT_NETWORKS[network] };
    const [first] = silent.filter(({ url }) => able.includes(url));
    if (!first) {
      const reason = `${firstUp(CLIENT_NETWORKS[network])} cannot connect: nothing of the list gets out there.`;
      const found = `none for ${network}: ${urls.map(({ url }) => url).join(", ")}`;
      return [{ ...common, rule: "network-without-url", ...at(null), expected: what, found, reason, fix }];
    }
    const reason = `${firstUp(CLIENT_NETWORKS[network])} cannot connect: ${first.reason}.`;
    const found = `none that answers for ${network}: ${able.map(({ url }) => url).join(", ")}`;
    return [
      {
        ...common,
        rule: "network-without-listener",
        ...at(first.option),
        expected: what,
        found,
        reason,
        fix: first.fix,
      },
    ];
  });
  // At which URLs the file itself does not listen, the check of the file tells.
  const ofUrls = urls.flatMap((url): CheckFinding[] => {
    const closed = whyNobodyGetsIn(url, firewall);
    if (closed === null) return [];
    const { found, reason, fix } = closed;
    return [
      {
        rule: "url-outside-firewall",
        severity: "error",
        ...at(null),
        expected: `a firewall that lets in what ${url.url} asks for`,
        found,
        reason: `${firstUp(reason)}.`,
        fix,
        affects: `users who come by ${url.url}`,
      },
    ];
  });
  return [...ofNetworks, ...ofUrls];
}

/** Whether any call of a network can come to anything with this file. */
export function canAnyWork(profile: Needs, config: TurnConfig): boolean {
  return distinctUrls(profile).some(
    (url) =>
      profile.networks.some((network) => isLetOut(network, url)) &&
      whyNobodyListens(url, config) === null &&
      whyNobodyGetsIn(url, profile.firewall) === null,
  );
}

type Needs = Pick<GateProfile, "networks" | "iceServers" | "firewall">;

function distinctUrls({ iceServers }: Needs): Url[] {
  const all = turnUrls(iceServers.flatMap(({ urls }) => [urls].flat()));
  return [...new Map(all.map((url) => [url.url, url])).values()];
}

function whyNobodyGetsIn({ transport, port }: Url, firewall: Needs["firewall"]): Silence | null {
  const protocol = transport === "udp" ? "udp" : "tcp";
  if (letsIn(firewall, { protocol, port })) return null;
  return {
    option: null,
    found: `one that lets in ${firewall?.join(", ")}, and not ${protocol}:${port}`,
    reason: `the firewall in front of the server does not let ${protocol}:${port} in`,
    fix: `Let ${protocol}:${port} in.`,
  };
}

type Silence = { option: string | null; found: string; reason: string; fix: string };

/** Null: somebody does, as far as the file says. */
function whyNobodyListens(url: Url, config: TurnConfig): Silence | null {
  const options = optionsOf(config);
  const { transport, port } = url;
  const word = `no-${transport}`;
  if (options[word] === true) {
    return {
      option: word,
      found: word,
      reason: `${word} switches its transport off`,
      fix: `Take the line ${word} out.`,
    };
  }
  if (transport === "tls" && !hasCertificate(config)) {
    const { cert, pkey } = config.facts.files;
    const missing = [...(cert === null ? ["cert"] : []), ...(pkey === null ? ["pkey"] : [])];
    const reason = `without ${missing.join(" and ")} coturn listens neither on TLS nor on DTLS`;
    const fix = missing
      .map((option) => `${option}=/path/to/${option === "cert" ? "fullchain" : "privkey"}.pem`)
      .join(", ");
    return { option: cert === null ? "cert" : "pkey", found: `no ${missing.join(" and no ")}`, reason, fix };
  }
  if (listensOn(options, { transport, port })) return null;
  const { plain, secure } = usualPorts(options);
  const option = optionOf(url, config) ?? (transport === "tls" ? "tls-listening-port" : "listening-port");
  const reason = `the file opens port ${[...new Set([plain, secure])].join(" and ")}, and nothing at ${port}`;
  const isUsual = transport === "tls" ? `tls-listening-port=${port}` : `listening-port=${port}`;
  return { option, found: `ports ${plain} and ${secure}`, reason, fix: isUsual };
}

const firstUp = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
