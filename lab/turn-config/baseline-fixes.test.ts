import { expect, it } from "vitest";
import type { CheckNeeds } from "../model/check.ts";
import { withBaselineFixes } from "./baseline-fixes.ts";
import { checkConfig } from "./check-config.ts";
import { compareConfigs } from "./compare-configs.ts";

const BASELINE = `listening-ip=10.128.0.2
listening-port=3478
tls-listening-port=5349
aux-server=10.128.0.2:443
realm=turn.example.org
use-auth-secret
static-auth-secret=8a1e5b0c77d9f2436a10e9bd55c4f7e1
cert=/etc/coturn/certs/fullchain.pem
pkey=/etc/coturn/certs/privkey.pem
min-port=50000
max-port=59999
user-quota=24
total-quota=800
max-bps=500000
bps-capacity=400000000
permission-lifetime=400
`;
const NEEDS: CheckNeeds = {
  urls: ["turn:turn.example.org:3478", "turns:turn.example.org:5349", "turns:turn.example.org:443"],
  publicAddress: null,
  concurrentCalls: 20,
  bitsPerSecond: 500_000,
  callSeconds: 3_600,
  credentialLifetimeS: 86_400,
  peerAddresses: [],
};

/** What each rule would have changed, by rule. */
function fixes(edit: (text: string) => string, baseline = BASELINE): Record<string, string | null> {
  const of = (text: string) => ({ file: "new.conf", text, values: new Map(), version: "4.6.1", needs: NEEDS });
  const [before, after] = [of(baseline), of(edit(baseline))];
  const findings = withBaselineFixes([...checkConfig(after), ...compareConfigs(before, after)], before, after);
  return Object.fromEntries(findings.map(({ rule, fix }) => [rule, fix]));
}

const set = (option: string, line: string) => (text: string) =>
  text.replace(new RegExp(`^${option}=.*\n`, "m"), line === "" ? "" : `${line}\n`);

it.each([
  ["user-quota", "user-quota=3", { "user-quota-small": "user-quota=24", "limit-lowered": "user-quota=24" }],
  ["total-quota", "total-quota=30", { "total-quota-small": "total-quota=800", "limit-lowered": "total-quota=800" }],
  ["max-bps", "max-bps=30000", { "max-bps-small": "max-bps=500000" }],
  ["bps-capacity", "bps-capacity=5000000", { "capacity-caps-sessions": "bps-capacity=400000000" }],
  ["max-port", "max-port=50019", { "relay-range-small": "max-port=59999", "relay-range-changed": "max-port=59999" }],
  ["min-port", "min-port=59990", { "relay-range-small": "min-port=50000" }],
  ["permission-lifetime", "permission-lifetime=60", { "permission-lifetime-short": "permission-lifetime=400" }],
  ["cert", "", { certificate: "cert=/etc/coturn/certs/fullchain.pem" }],
  ["realm", "", { realm: "realm=turn.example.org", "realm-changed": "realm=turn.example.org" }],
  ["aux-server", "", { "listener-removed": "aux-server=10.128.0.2:443" }],
  ["aux-server", "", { "url-without-listener": "aux-server=10.128.0.2:443" }],
] as const)("gives back what the baseline has of %s, with %s", (option, line, expected) => {
  expect(fixes(set(option, line))).toMatchObject(expected);
});

it("gives back no limit where there was none", () => {
  expect(fixes((text) => `${text}user-quota=3\n`, set("user-quota", "")(BASELINE))).toMatchObject({
    "user-quota-small": "user-quota=0",
    "limit-lowered": "user-quota=0",
  });
});

it("blames the limit that was lowered, not the one beside it", () => {
  expect(fixes(set("total-quota", "total-quota=20"))).toMatchObject({
    "total-quota-below-user-quota": "total-quota=800",
  });
});

it("asks for more than the baseline has where that is needed", () => {
  const baseline = set("user-quota", "user-quota=4")(BASELINE);
  expect(fixes(set("user-quota", "user-quota=2"), baseline)).toMatchObject({ "user-quota-small": "user-quota=6" });
});

it("leaves what both have as it is", () => {
  const baseline = set("cert", "cert=/etc/letsencrypt/live/turn.example.org/cert.pem")(BASELINE);
  expect(fixes((text) => text, baseline)).toMatchObject({
    "certificate-leaf": "cert=/etc/letsencrypt/live/turn.example.org/fullchain.pem",
  });
});
