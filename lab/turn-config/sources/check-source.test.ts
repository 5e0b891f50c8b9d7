import { describe, expect, it } from "vitest";
import type { CheckNeeds } from "../../model/check.ts";
import { checkSource, type SourceConfig, versionOf } from "./check-source.ts";
import { configPlace } from "./config-place.ts";
import { readSource, type SourceKind, sourceKind } from "./read-source.ts";
import { SOURCE_RULES } from "./source-rules.ts";

type Told = { config?: string; values?: Record<string, string>; needs?: CheckNeeds; version?: string };
type Kind = Exclude<SourceKind, "config">;
const NAMES: Record<Kind, string> = {
  compose: "compose.yml",
  dockerfile: "Dockerfile",
  unit: "a.service",
  script: "run.sh",
};

function check(kind: Kind, text: string, { config, values = {}, needs, version }: Told = {}) {
  const given = new Map(Object.entries(values));
  const { servers, faults } = readSource(kind, NAMES[kind], text, given);
  const findings = servers.flatMap((source) => {
    const place = configPlace(source);
    const read: SourceConfig =
      place.kind === "beside"
        ? config === undefined
          ? { kind: "unread", path: place.paths[0] ?? "", line: place.line, why: "absent" }
          : { kind: "read", file: place.paths[0] ?? "", text: config }
        : place.kind === "away"
          ? { kind: "unread", path: place.path, line: place.line, why: "away" }
          : place;
    return checkSource({ source, config: read, values: given, version: version ?? null, needs });
  });
  return { servers, faults, findings };
}

const OWN = new Set<string>(SOURCE_RULES.map(({ id }) => id));
/** `FILE:LINE RULE` of what stands around a configuration. */
const own = (kind: Kind, text: string, told?: Told) =>
  check(kind, text, told)
    .findings.filter(({ rule }) => OWN.has(rule))
    .map(({ file, line, rule }) => `${file}:${line} ${rule}`);
/** The same of what the rules of a configuration say. */
const ofConfig = (kind: Kind, text: string, told?: Told) =>
  check(kind, text, told)
    .findings.filter(({ rule }) => !OWN.has(rule))
    .map(({ file, line, found }) => `${file}:${line} ${found}`);

const AUTH = "--use-auth-secret --static-auth-secret=north-sea-1 --realm=turn.example.org";
const compose = (service: string) =>
  `services:\n  turn:\n    image: coturn/coturn:4.17.2-r0\n${service.replace(/^/gm, "    ")}\n`;
const GOOD_PORTS = 'ports: ["3478:3478", "3478:3478/udp", "49160-49200:49160-49200/udp"]';
const GOOD = `-n ${AUTH} --external-ip=34.1.2.3 --min-port=49160 --max-port=49200`;

describe("a Docker Compose file", () => {
  it("finds nothing around a service that is well", () => {
    expect(own("compose", compose(`${GOOD_PORTS}\ncommand: ${GOOD}`))).toEqual([]);
    expect(own("compose", compose(`network_mode: host\ncommand: ${GOOD}`))).toEqual([]);
  });

  it("tells a list, a text, a folded text, and a shell's script apart no more than Compose does", () => {
    const wrong = `${GOOD} --fingerprnt`;
    const list = wrong
      .split(" ")
      .map((word) => `  - ${word}`)
      .join("\n");
    expect(own("compose", compose(`${GOOD_PORTS}\ncommand:\n${list}`))).toEqual(["compose.yml:13 unknown-argument"]);
    expect(own("compose", compose(`${GOOD_PORTS}\ncommand: ${wrong}`))).toEqual(["compose.yml:5 unknown-argument"]);
    const folded = `command: >\n  ${GOOD}\n\n  --fingerprnt`;
    expect(own("compose", compose(`${GOOD_PORTS}\n${folded}`))).toEqual(["compose.yml:8 unknown-argument"]);
    const shell = `entrypoint: ["sh", "-c"]\ncommand: ["exec turnserver ${wrong}"]`;
    expect(own("compose", compose(`${GOOD_PORTS}\n${shell}`))).toEqual(["compose.yml:6 unknown-argument"]);
    const program = `entrypoint: /usr/bin/turnserver\ncommand: ["${wrong.split(" ").join('", "')}"]`;
    expect(own("compose", compose(`${GOOD_PORTS}\n${program}`))).toEqual(["compose.yml:6 unknown-argument"]);
  });

  it("knows what the official image does by itself: it relays for everybody", () => {
    expect(own("compose", compose(GOOD_PORTS.replace("49160-49200:49160-49200", "49152-65535:49152-65535")))).toEqual([
      "compose.yml:3 no-configuration",
      "compose.yml:4 many-published-ports",
    ]);
    expect(own("compose", compose("network_mode: host"))).toEqual(["compose.yml:3 no-configuration"]);
  });

  it("holds published ports against listeners and the relay range", () => {
    const ports = (list: string, more = "") => own("compose", compose(`ports: [${list}]\ncommand: ${GOOD} ${more}`));
    const RELAY = '"49160-49200:49160-49200/udp"';
    expect(ports(`"3478:3478", ${RELAY}`)).toEqual(["compose.yml:4 udp-port-not-published"]);
    expect(ports(`"3478:3478/udp", ${RELAY}`)).toEqual(["compose.yml:4 tcp-port-not-published"]);
    expect(ports(`"3478:3478", "3478:3478/udp"`)).toEqual(["compose.yml:4 relay-range-not-published"]);
    expect(ports(`"3478:3478", "3478:3478/udp", "49160-49200:49160-49200"`)).toEqual([
      "compose.yml:4 relay-range-not-published",
    ]);
    expect(ports(`"3478:3478", "3478:3478/udp", "50160-50200:49160-49200/udp"`)).toEqual([
      "compose.yml:4 relay-range-moved",
    ]);
    expect(ports(`"3478:3478", "3478:3478/udp", ${RELAY}`, "--cert=/c --pkey=/k")).toEqual([
      "compose.yml:4 tls-port-not-published",
    ]);
    expect(ports(`"127.0.0.1:3478:3478", "3478:3478/udp", ${RELAY}`)).toEqual(["compose.yml:4 published-on-loopback"]);
    expect(ports(`"443:3478/tcp", "0.0.0.0:443:3478/udp", ${RELAY}`)).toEqual([]);
    expect(
      ports(`"3478:3478", "3478:3478/udp", "49160-49200:49160-49200/udp"`, "--no-tcp --listening-port=3479"),
    ).toEqual(["compose.yml:4 udp-port-not-published"]);
    expect(ports('"$' + '{PORTS}"')).toEqual([]);
    expect(own("compose", compose(`network_mode: host\n${GOOD_PORTS}\ncommand: ${GOOD}`))).toEqual([
      "compose.yml:5 ports-ignored",
    ]);
    expect(own("compose", compose(`${GOOD_PORTS}\ncommand: ${GOOD.replace("--external-ip=34.1.2.3", "")}`))).toEqual([
      "compose.yml:3 container-address-relayed",
    ]);
  });

  it("reads ports in their long form", () => {
    const port = (target: string, protocol: string) =>
      `  - target: ${target}\n    published: "${target}"\n    protocol: ${protocol}`;
    const ports = `ports:\n${port("3478", "tcp")}\n${port("3478", "udp")}`;
    expect(own("compose", compose(`${ports}\n${port("49160-49200", "udp")}\ncommand: ${GOOD}`))).toEqual([]);
    expect(own("compose", compose(`${ports}\ncommand: ${GOOD}`))).toEqual(["compose.yml:5 relay-range-not-published"]);
  });

  it("makes an error of a TCP port that clients are given", () => {
    const needs: CheckNeeds = {
      urls: ["turn:turn.example.org:3478?transport=tcp"],
      publicAddress: null,
      concurrentCalls: 1,
      bitsPerSecond: 1,
      callSeconds: 1,
      credentialLifetimeS: null,
      peerAddresses: [],
    };
    const text = compose(`ports: ["3478:3478/udp", "49160-49200:49160-49200/udp"]\ncommand: ${GOOD}`);
    const severity = (told?: Told) =>
      check("compose", text, told).findings.find(({ rule }) => rule === "tcp-port-not-published")?.severity;
    expect([severity(), severity({ needs })]).toEqual(["warning", "error"]);
  });

  it("knows which port of the machine leads to which of the container's", () => {
    const secure = `${GOOD} --cert=/c --pkey=/k`;
    const rules = (ports: string, needs?: CheckNeeds) =>
      check(
        "compose",
        compose(`ports: ["3478:3478", "3478:3478/udp", "49160-49200:49160-49200/udp", ${ports}]\ncommand: ${secure}`),
        { needs },
      )
        .findings.map(({ rule }) => rule)
        .filter((rule) => /443|url-without/.test(rule));
    expect(rules('"5349:5349"')).toEqual(["no-listener-443"]);
    expect(rules('"443:5349"')).toEqual([]);
    const needs = {
      urls: ["turns:turn.example.org:443?transport=tcp"],
      publicAddress: null,
      concurrentCalls: 1,
      bitsPerSecond: 1,
      callSeconds: 1,
      credentialLifetimeS: null,
      peerAddresses: [],
    };
    expect(rules('"5349:5349"', needs)).toContain("url-without-listener");
    expect(rules('"443:5349"', needs)).toEqual([]);
  });

  it("shows what another version mends where the image is named", () => {
    const text = compose(`network_mode: host\ncommand: ${GOOD}`).replace("4.17.2-r0", "4.6.2");
    const { findings } = check("compose", text);
    const old = findings.filter(({ rule }) => rule.startsWith("cve-"));
    expect(old.length).toBeGreaterThan(0);
    expect(new Set(old.map(({ line }) => line))).toEqual(new Set([3]));
  });

  it("reads the file that is mounted, with the arguments winning", () => {
    const text = compose(
      `network_mode: host\nvolumes: ["./turn.conf:/etc/coturn/turnserver.conf:ro"]\ncommand: -c /etc/coturn/turnserver.conf --realm=a.example.org`,
    );
    const config = "fingerprnt\nrealm=b.example.org\nuser=alice:north-sea-1\nlt-cred-mech\n";
    expect(own("compose", text, { config })).toEqual(["./turn.conf:2 argument-overrides-file"]);
    expect(ofConfig("compose", text, { config })).toContain('./turn.conf:1 "fingerprnt"');
    // Without -c coturn looks there as well, and then the image looks its address up.
    const plain = compose(`${GOOD_PORTS}\nvolumes: ["./etc:/etc/coturn"]`);
    expect(check("compose", plain).servers.map(configPlace)).toEqual([
      { kind: "beside", paths: ["./etc/turnserver.conf"], line: 5 },
    ]);
    expect(own("compose", plain, { config: `${config}min-port=49160\nmax-port=49200` })).toEqual([]);
  });

  it("claims nothing is missing of a file that it cannot read, and says that it is elsewhere", () => {
    const mounted = (volume: string) =>
      own("compose", compose(`network_mode: host\n${volume}\ncommand: -c /etc/turnserver.conf`));
    expect(mounted("volumes: [/srv/turnserver.conf:/etc/turnserver.conf]")).toEqual([
      "compose.yml:5 config-file-not-read",
    ]);
    expect(mounted("volumes: [conf:/etc]")).toEqual(["compose.yml:5 config-file-not-read"]);
    expect(mounted("volumes: [./turnserver.conf:/etc/turnserver.conf]")).toEqual([
      "compose.yml:5 config-file-not-read",
    ]);
    expect(mounted("restart: always")).toEqual(["compose.yml:6 config-file-not-mounted"]);
    expect(
      ofConfig("compose", compose("network_mode: host\nvolumes: [c:/etc]\ncommand: -c /etc/turnserver.conf")),
    ).toEqual([]);
  });

  it("fills variables as Compose and the image's entry point do", () => {
    const text = compose(
      [
        "network_mode: host",
        'environment: { SECRET: "$' + '{SECRET}", EMPTY: }',
        "command:",
        "  - -n",
        "  - --use-auth-secret",
        "  - --static-auth-secret=$$SECRET",
        "  - --realm=$" + "{REALM:-turn.example.org}",
        "  - --external-ip=$$(detect-external-ip)",
        "  - --max-port=$" + "{MAX}",
      ].join("\n"),
    );
    expect(own("compose", text)).toEqual([
      "compose.yml:11 value-known-at-run-time",
      "compose.yml:12 value-known-at-run-time",
    ]);
    const values = { SECRET: "north-sea-1", MAX: "many" };
    expect(ofConfig("compose", text, { values })).toContain('compose.yml:12 "many"');
    expect(check("compose", text, { values }).servers[0]?.arguments.map(({ value }) => value)).toEqual(
      ["", "north-sea-1", "turn.example.org", "", "many"].slice(0, 5),
    );
    expect(JSON.stringify(check("compose", text, { values }).findings)).not.toContain("north-sea");
  });

  it("follows anchors, aliases and merge keys", () => {
    const text = [
      "x-turn: &turn",
      "  image: coturn/coturn:4.17.2",
      "  network_mode: host",
      `  command: &command ["-n", "--fingerprnt"]`,
      "services:",
      "  a: { <<: *turn }",
      "  b: { image: registry/my-coturn, command: *command, network_mode: host }",
    ].join("\n");
    expect(own("compose", text)).toEqual([
      "compose.yml:4 unknown-argument",
      "compose.yml:2 no-configuration",
      "compose.yml:4 unknown-argument",
      "compose.yml:7 image-version-open",
      "compose.yml:7 no-configuration",
    ]);
  });

  it("says that the image's entry point does not read what its README names", () => {
    const text = compose(`network_mode: host\nenvironment:\n  - DETECT_EXTERNAL_IP=yes\ncommand: -n ${AUTH}`);
    expect(own("compose", text)).toEqual(["compose.yml:6 image-variable-ignored"]);
  });

  it.each([
    ["", "an empty document"],
    ["- a\n- b", "no services"],
    ["services: {}", "no services"],
    ["kind: Deployment", "no services"],
    ["services:\n  web: { image: nginx }", "web"],
    ["services: [", "bad"],
    ["services: {a: *nobody}", ""],
    ["a: 1\na: 2\nservices: *x", ""],
    ["a: &a [*a]\nservices: *a", "no services"],
  ])("refuses %j", (text, found) => {
    const { servers, faults } = check("compose", text);
    expect(servers).toEqual([]);
    expect(faults.length).toBeGreaterThan(0);
    if (found !== "bad" && found !== "") expect(faults[0]?.found).toBe(found);
  });

  it("is not slowed by aliases that repeat aliases", () => {
    const levels = Array.from({ length: 40 }, (_, n) => `l${n}: &l${n} [${n === 0 ? "x" : `*l${n - 1}, *l${n - 1}`}]`);
    const text = `${levels.join("\n")}\nservices:\n  turn: { image: coturn/coturn:4.17.2, command: *l39, ports: *l39, environment: *l39 }`;
    const startedAt = performance.now();
    expect(check("compose", text).servers).toHaveLength(1);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

describe("an image's tag", () => {
  it.each([
    ["coturn/coturn:4.6.2-r12", "4.6.2"],
    ["registry.example.org:5000/coturn/coturn:4.17.2-r0-alpine@sha256:0a", "4.17.2"],
    ["registry.example.org/coturn/coturn:4.9.0", "4.9.0"],
    ["instrumentisto/coturn:4.5", null],
    ["coturn/coturn:alpine", null],
    ["coturn/coturn", null],
    ["registry:5000/coturn", null],
  ])("%s is coturn %s", (image, version) => {
    const { servers } = check("compose", `services: { turn: { image: "${image}" } }`);
    expect(servers.map((source) => versionOf(source, null))).toEqual([version]);
    expect(servers.map((source) => versionOf(source, "4.6.1"))).toEqual(["4.6.1"]);
  });
});

describe("a shell script", () => {
  it("finds the server behind what starts it, with its lines", () => {
    const text = `#!/bin/sh\nset -e\nsudo -u turn nohup /usr/bin/turnserver -n ${AUTH} \\\n  -X 34.1.2.3 \\\n  --fingerprnt > /dev/null 2>&1 &\n`;
    expect(own("script", text)).toEqual(["run.sh:5 unknown-argument"]);
  });

  it("fills its own variables and arrays, and knows none that a command gives", () => {
    const text = [
      "IP=$(curl -s https://example.org)",
      "REALM=turn.example.org",
      "OPTIONS=(--use-auth-secret --static-auth-secret=north-sea-1)",
      "OPTIONS+=(",
      "  --fingerprnt",
      ")",
      'EXTRA="--no-tcp --no-tls"',
      `turnserver -n --realm "$REALM" --external-ip="$IP" $EXTRA "$\{OPTIONS[@]}" "$@"`,
    ].join("\n");
    const { servers } = check("script", text);
    expect(servers[0]?.arguments.map(({ key, value, isKnown }) => [key, value, isKnown])).toEqual([
      ["realm", "turn.example.org", true],
      ["external-ip", "", false],
      ["no-tcp", "", true],
      ["no-tls", "", true],
      ["use-auth-secret", "", true],
      ["static-auth-secret", "north-sea-1", true],
    ]);
    expect(own("script", text)).toEqual(["run.sh:5 unknown-argument", "run.sh:8 value-known-at-run-time"]);
  });

  it("reads docker run: its ports, mounts, network, variables and the words behind the image", () => {
    const run = (options: string, words = GOOD) =>
      own("script", `docker run -dit --rm --name turn ${options} \\\n coturn/coturn:4.17.2 ${words}`);
    const PORTS = "-p 3478:3478 -p3478:3478/udp --publish=49160-49200:49160-49200/udp";
    expect(run(PORTS)).toEqual([]);
    expect(run("--network host")).toEqual([]);
    expect(run("--net=host")).toEqual([]);
    expect(run("-p 3478:3478 --publish 49160-49200:49160-49200/udp")).toEqual(["run.sh:1 udp-port-not-published"]);
    expect(run("--network=host", "")).toEqual(["run.sh:2 no-configuration"]);
    expect(run(`${PORTS} -e DETECT_EXTERNAL_IP=yes`)).toEqual(["run.sh:1 image-variable-ignored"]);
    expect(run("--network=host", `-n ${AUTH} '--external-ip=$(detect-external-ip)'`)).toEqual([
      "run.sh:2 value-known-at-run-time",
    ]);
    const mounted =
      "docker run --network=host -v $(pwd)/a.conf:/etc/turnserver.conf:ro coturn/coturn:4.17.2 -c /etc/turnserver.conf";
    expect(check("script", mounted).servers.map(configPlace)).toEqual([
      { kind: "beside", paths: ["./a.conf"], line: 1 },
    ]);
    const other =
      'docker run --network=host --entrypoint turnserver my/image -n --fingerprnt; docker run nginx -g "daemon off;"';
    expect(own("script", other)).toEqual(["run.sh:1 unknown-argument", "run.sh:1 no-configuration"]);
  });

  it("says that the machine's own file is not read", () => {
    expect(own("script", "turnserver -c /etc/turnserver.conf")).toEqual(["run.sh:1 config-file-not-read"]);
    expect(own("script", `turnserver ${AUTH}`)).toEqual(["run.sh:1 config-file-not-read"]);
    expect(check("script", "turnserver -c conf/a.conf").servers.map(configPlace)).toEqual([
      { kind: "beside", paths: ["conf/a.conf"], line: 1 },
    ]);
  });

  it.each(["", "echo hello", "apt-get install coturn", "if [", "systemctl start turnserver"])("refuses %j", (text) => {
    expect(check("script", text).faults).toHaveLength(1);
  });
});

describe("a systemd unit", () => {
  it("reads ExecStart over several lines, with its environment", () => {
    const text = [
      "[Service]",
      'Environment="REALM=turn.example.org" OTHER=1',
      "ExecStartPre=/bin/true --fingerprnt",
      `ExecStart=-/usr/bin/turnserver -n --realm=$\{REALM} -u alice:north-sea-1 \\`,
      "# between",
      "   -a --external-ip 34.1.2.3 \\",
      "   --fingerprnt",
    ].join("\r\n");
    expect(own("unit", text)).toEqual(["a.service:7 unknown-argument"]);
    expect(check("unit", text).servers[0]?.arguments[0]).toMatchObject({
      key: "realm",
      value: "turn.example.org",
      line: 4,
    });
  });

  it("refuses one that starts something else", () => {
    expect(check("unit", "[Service]\nExecStart=/usr/bin/nginx").faults).toHaveLength(1);
    expect(check("unit", "[Service]").faults[0]?.found).toBe("no ExecStart");
  });
});

describe("a Dockerfile", () => {
  it("reads the last command of the last stage, its variables and what is copied", () => {
    const text = [
      "FROM alpine AS build",
      'CMD ["turnserver", "--wrong"]',
      "ARG VERSION=4.17.2",
      "FROM coturn/coturn:$" + "{VERSION}",
      "ENV REALM=turn.example.org",
      "COPY etc/turnserver.conf /etc/coturn/",
      'CMD ["-v", \\',
      '     "--realm=$REALM", "--fingerprnt"]',
    ].join("\n");
    expect(own("dockerfile", text, { config: "lt-cred-mech\nuser=a:north-sea-1" })).toEqual([
      "Dockerfile:8 unknown-argument",
    ]);
    expect(check("dockerfile", text).servers.map((source) => [configPlace(source), versionOf(source, null)])).toEqual([
      [{ kind: "beside", paths: ["etc/turnserver.conf"], line: 6 }, "4.17.2"],
    ]);
  });

  it("reads a shell's form, and the server of another image", () => {
    const text = "FROM debian:bookworm\nRUN apt-get install -y coturn\nCMD exec turnserver -n \\\n  --fingerprnt";
    expect(own("dockerfile", text)).toEqual(["Dockerfile:4 unknown-argument", "Dockerfile:3 no-configuration"]);
    expect(own("dockerfile", "FROM coturn/coturn:4.17.2")).toEqual(["Dockerfile:1 no-configuration"]);
    expect(check("dockerfile", "FROM nginx\nCMD nginx").faults).toHaveLength(1);
  });
});

describe("what a file is", () => {
  it.each([
    ["docker-compose.yml", "", "compose"],
    ["a/Dockerfile.turn", "", "dockerfile"],
    ["coturn.service", "", "unit"],
    ["run.sh", "", "script"],
    ["turnserver.conf", "docker run x", "config"],
    ["-", "services:\n  turn: {}", "compose"],
    ["-", "# image\nFROM coturn/coturn\n", "dockerfile"],
    ["-", "[Unit]\n[Service]\n", "unit"],
    ["-", "#!/bin/sh\n", "script"],
    ["-", "turnserver -n --no-cli", "script"],
    ["-", "A=1 sudo docker run coturn/coturn", "script"],
    ["-", "# turnserver -n\nrealm=a\n", "config"],
    ["-", "", "config"],
    ["turnserver", "fingerprint", "config"],
  ])("%s with %j is %s", (file, text, kind) => {
    expect(sourceKind(file, text)).toBe(kind);
  });
});
