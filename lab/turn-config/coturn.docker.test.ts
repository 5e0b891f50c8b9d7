import { beforeAll, describe, expect, it } from "vitest";
import { tarOf } from "../runtime/archive.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { type Engine, ensureEngine } from "../runtime/engine.ts";
import { ensureImages } from "../runtime/images.ts";
import { PeerAcl } from "./check/peer-acl.ts";
import { checkConfig } from "./check-config.ts";
import { KNOWN_OPTIONS } from "./known-options.ts";
import { optionFindings } from "./option-findings.ts";
import { parseConfig } from "./parse-config.ts";
import { readConfig } from "./read-config.ts";
import { Settings } from "./settings.ts";
import { mergeConfig } from "./sources/merge-config.ts";
import { serverSource } from "./sources/server-command.ts";
import { isKnownTo, LAB_COTURN_VERSION } from "./version.ts";

/** Odd files that a coturn starts with. */
const STARTING: Record<string, string> = {
  whitespace:
    ' realm == "my realm" \r\nlistening-port\t3479\nmax-port 60100x\n  # user=a:b\nmobility  \nfingerprint=\n',
  repeated: "min-port=50000\nmin-port=51000\nrealm=a.example\nrealm=b.example\nexternal-ip=34.1.2.3\nmax-bps=1000;\n",
  booleans:
    "fingerprint=0\nno-multicast-peers=Off\nno-tcp=No\nmobility=yes\nudp-self-balance=1\nlt-cred-mech=false\nno-tlsv1=trash\n",
  secret: "use-auth-secret=0\nstatic-auth-secret==abc\nlt-cred-mech\nuser=a:b\ntotal-quota=0x10\n",
  lists:
    "denied-peer-ip=10.0.0.0-10.255.255.255\ndenied-peer-ip=192.168.0.1\nallowed-peer-ip=10.1.1.1\nrelay-ip=127.0.0.1\nmin-port=\n",
  unknown: "fingerprnt\nmin-port: 5\n--mobility\ncpus=2\ntotal-quota=7\nRealm=x\nprometheus\nstale-nonce=10\n=5\n",
};

/** Files that end it. */
const ENDING: Record<string, string> = {
  comment: "fingerprint # on\n",
  capacity: "bps-capacity=1000\n",
  relays: "no-udp-relay\nno-tcp-relay\n",
  nobody: "no-auth\nlt-cred-mech\n",
};

/** Command lines that a coturn starts with, `-c` among them, and those that end it. */
const STARTING_WORDS: Record<string, string> = {
  shortforms: "-n -vfS -r b.example -p3481 --max-bps 5000 --total-q=9 --mob",
  leftover: "-n --total-quota=5 --stale-nonce 600 --no-tcp true --realm --mobility --fingerprint=0 start",
  filewins: "-c /conf/repeated.conf --realm=c.example --min-port 52000 -s 2000",
};
const ENDING_WORDS: Record<string, string> = {
  unknownword: "-n --fingerprnt",
  unknownletter: "-n -fy",
  ambiguous: "-n --no-t",
  valueless: "-n --realm",
};

/** Every option at once; log options come later, as they would take the log away. */
const EVERY = Object.keys(KNOWN_OPTIONS).filter((option) => !/log/.test(option));

/**
 * Runs coturn with each file at an address of its own, and asks its command line what it took, one word at a time: it
 * takes what comes together for one.
 */
const SCRIPT = `
turnserver --version > /tmp/version
port=6000
for file in /conf/*.conf /words/*.words; do
  port=$((port + 1)); name=$(basename "\${file%.*}")
  case $file in *.words) mapfile -t words < "$file" ;; *) words=(-c "$file") ;; esac
  ( timeout 4 turnserver --listening-ip=127.0.1.$((port - 6000)) --cli-password=x --cli-port=$port --log-file=stdout "\${words[@]}" > /tmp/$name.log 2>&1
    echo $? > /tmp/$name.code ) &
  ( for try in 1 2 3 4 5 6 7 8 9 10; do
      sleep 0.3
      exec 3<>/dev/tcp/127.0.0.1/$port && { for word in x pc quit; do echo $word >&3; sleep 0.2; done; timeout 1 cat <&3 > /tmp/$name.pc; break; }
    done ) 2>/dev/null &
done
wait
for file in /tmp/version /tmp/*.log /tmp/*.code /tmp/*.pc; do echo "@@@ $(basename $file)"; cat $file; echo; done
`;

/** What coturn's command line calls an option. */
const TEXTS: Record<string, string> = { realm: "Default realm" };
const NUMBERS: Record<string, string> = {
  "listening-port": "listener-port",
  "min-port": "min-port",
  "max-port": "max-port",
  "max-bps": "Default max-bps",
  "total-quota": "Default total-quota",
};
const FLAGS: Record<string, string> = {
  fingerprint: "enforce fingerprints",
  mobility: "mobility",
  "no-multicast-peers": "no-multicast-peers",
  "no-tcp": "no-tcp",
  "no-udp": "no-udp",
  "udp-self-balance": "udp-self-balance",
  "use-auth-secret": "TURN REST API support",
};

/** What the command line must say of settings. */
function wantedOf(settings: Settings): string[] {
  const onOff = (option: string) => (settings.isOn(option) ? "ON" : "OFF");
  return settings
    .options()
    .flatMap((option) => [
      ...(TEXTS[option] ? [`${TEXTS[option]}: ${settings.textOf(option)}`] : []),
      ...(NUMBERS[option] ? [`${NUMBERS[option]}: ${settings.numberOf(option)}`] : []),
      ...(FLAGS[option] ? [`${FLAGS[option]}: ${onOff(option)}`] : []),
      ...(option === "denied-peer-ip"
        ? settings.valuesOf(option).map((range) => `Blacklist IP (static): ${range}`)
        : []),
      ...(option === "allowed-peer-ip"
        ? settings.valuesOf(option).map((range) => `Whitelist IP (static): ${range}`)
        : []),
      ...(option === "relay-ip" ? settings.valuesOf(option).map((address) => `Relay addr: ${address}`) : []),
    ]);
}

describeDocker("turnserver.conf as the lab's coturn reads it", () => {
  let said: Map<string, string>;

  beforeAll(async () => {
    const say = () => {};
    const engine = await ensureEngine(say);
    const { coturn = "" } = await ensureImages(engine, ["coturn"], say);
    const every = EVERY.map((option) => `${option}=1\n`).join("");
    const files = Object.entries({ ...STARTING, ...ENDING, every });
    said = sections(
      await runIn(
        engine.docker,
        coturn,
        [
          ...files.map(([name, content]) => ({ path: `/conf/${name}.conf`, content })),
          ...Object.entries({ ...STARTING_WORDS, ...ENDING_WORDS }).map(([name, words]) => ({
            path: `/words/${name}.words`,
            content: `${words.split(" ").join("\n")}\n`,
          })),
        ],
        SCRIPT,
      ),
    );
  });

  /** `key: value` lines of the command line's answer to `pc`. */
  const taken = (file: string) =>
    [...(said.get(`${file}.pc`) ?? "").matchAll(/^ {2}([^:]+): (.*?)(?: \(\*+\))?\r?$/gm)].map(
      ([, key, value]) => `${key}: ${value}`,
    );
  const unknownTo = (file: string) =>
    new Set([...(said.get(`${file}.log`) ?? "").matchAll(/Bad configuration format: (.*)/g)].map(([, key]) => key));

  it("is of the version that the room takes it for", () => {
    expect(said.get("version")?.trim()).toBe(LAB_COTURN_VERSION);
  });

  it("knows the options that the table says, and no others", () => {
    const wanted = EVERY.filter((option) => {
      const known = KNOWN_OPTIONS[option];
      return known && (!isKnownTo(known, LAB_COTURN_VERSION) || known.needsBuild);
    });
    expect([...unknownTo("every")].sort()).toEqual(wanted.sort());
  });

  describe.each(Object.keys(STARTING))("%s", (name) => {
    const lines = parseConfig(STARTING[name] ?? "");
    const settings = new Settings(lines);

    it("is taken as the parser reads it", () => {
      expect(taken(name).length).toBeGreaterThan(40);
      expect(wantedOf(settings).length).toBeGreaterThan(0);
      expect(taken(name)).toEqual(expect.arrayContaining(wantedOf(settings)));
    });

    it("has the lines that coturn does not know among its faults", () => {
      const unknown = lines.filter(({ key }) => !Object.hasOwn(KNOWN_OPTIONS, key));
      const outdated = lines.filter((line) =>
        optionFindings(line, LAB_COTURN_VERSION).some(({ hint = "" }) => hint.includes("ignores the line")),
      );
      expect(unknownTo(name)).toEqual(new Set([...unknown, ...outdated].map(({ key }) => key)));
    });
  });

  /** The words of one command line, read and put behind the file that they name. */
  const sourceOf = (words: string) =>
    serverSource(
      words.split(" ").map((text) => ({ text, line: 1, isKnown: true })),
      { file: "words", name: null, anchorLine: 1, container: null },
    );

  it.each(Object.keys(STARTING_WORDS))("takes arguments as they are read: %s", (name) => {
    const source = sourceOf(STARTING_WORDS[name] ?? "");
    const file = /^\/conf\/(.*)\.conf$/.exec(source.configFile?.paths[0] ?? "")?.[1];
    const config = file === undefined ? null : { file, text: STARTING[file] ?? "" };
    const settings = new Settings(parseConfig(mergeConfig(source, config).text));
    expect(taken(name).length).toBeGreaterThan(40);
    expect(wantedOf(settings).length).toBeGreaterThan(2);
    expect(taken(name)).toEqual(expect.arrayContaining(wantedOf(settings)));
    const ignored = source.findings.filter(({ rule }) => rule === "argument-ignored");
    expect(ignored.length > 0).toBe((said.get(`${name}.log`) ?? "").includes("Unknown argument: "));
  });

  it.each(Object.keys(ENDING_WORDS))("ends with arguments that the room refuses: %s", (name) => {
    expect(said.get(`${name}.log`)).toMatch(/unrecognized option|invalid option|ambiguous|requires an argument/);
    expect(said.get(`${name}.pc`)).toBeUndefined();
    expect(sourceOf(ENDING_WORDS[name] ?? "").findings).toMatchObject([{ severity: "error" }]);
  });

  it.each(Object.keys(ENDING))("ends with %s, which the room refuses", (name) => {
    expect(said.get(`${name}.code`)?.trim()).toBe("255");
    const { findings } = readConfig({
      file: name,
      text: ENDING[name] ?? "",
      values: new Map(),
      version: LAB_COTURN_VERSION,
      makeSecret: () => "",
    });
    expect(findings.filter(({ severity }) => severity === "fault").length).toBe(1);
  });
});

/** Whom a server relays to: its file, the peer, and whether that is allowed. `RELAY` is its own address. */
const PEERS: Record<string, { text: string; peer: string }> = {
  none: { text: "", peer: "8.8.8.8" },
  fromcolons: { text: "denied-peer-ip=::-::1\n", peer: "8.8.8.8" },
  nextcolons: { text: "denied-peer-ip=::1-::ffff:ffff\n", peer: "8.8.8.8" },
  zeros: { text: "denied-peer-ip=0.0.0.0\n", peer: "8.8.8.8" },
  zeronet: { text: "denied-peer-ip=0.0.0.0-0.255.255.255\n", peer: "8.8.8.8" },
  reopened: { text: "allowed-peer-ip=::-::1\ndenied-peer-ip=10.0.0.0-10.255.255.255\n", peer: "10.4.0.9" },
  exception: { text: "allowed-peer-ip=10.4.0.9\ndenied-peer-ip=10.0.0.0-10.255.255.255\n", peer: "10.4.0.9" },
  multicast: { text: "no-multicast-peers\n", peer: "240.0.0.1" },
  ownplain: { text: "external-ip=34.77.1.10\ndenied-peer-ip=10.0.0.0-10.255.255.255\n", peer: "own" },
  ownpublic: {
    text: "external-ip=34.77.1.10\nallowed-peer-ip=34.77.1.10\ndenied-peer-ip=10.0.0.0-10.255.255.255\n",
    peer: "own",
  },
  ownpair: { text: "external-ip=34.77.1.10/RELAY\ndenied-peer-ip=10.0.0.0-10.255.255.255\n", peer: "own" },
};

/** Cipher lists and flags, and whether somebody who speaks TLS 1.2 gets a cipher that browsers have. */
const TLS: Record<string, string> = {
  usual: "",
  narrow: "cipher-list=ECDHE-RSA-AES128-GCM-SHA256\n",
  strange: "cipher-list=RC4-SHA\n",
  nothing: "cipher-list=NULL:aNULL\n",
  newer: "cipher-list=TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256\n",
  noversion: "no-tlsv1_2\n",
};

const ASKING = `
ip link set lo up
openssl req -x509 -newkey rsa:2048 -nodes -keyout /k.pem -out /c.pem -days 3 -subj /CN=a 2>/dev/null; chmod 644 /*.pem
n=0
for file in /peers/*.conf /tls/*.conf; do
  n=$((n + 1)); ip=10.9.1.$n; name=$(basename "$file" .conf); ip addr add $ip/32 dev lo
  sed -i "s/RELAY/$ip/" "$file"
  echo "relay-ip=$ip" >> "$file"
  ( timeout 4 turnserver -c "$file" --listening-ip=$ip --no-cli --cert=/c.pem --pkey=/k.pem --lt-cred-mech --user=a:b --realm=r --verbose --log-file=stdout > /tmp/$name.log 2>&1 ) &
  ( sleep 1.5
    case $file in
      /tls/*) echo | timeout 2 openssl s_client -connect $ip:5349 -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256 > /tmp/$name.tls 2>&1 ;;
      *) peer=$(cat /peers/$name.peer); [ "$peer" = own ] && how=-y || how="-e $peer"
        timeout 2.4 turnutils_uclient -u a -w b -n 1 -m 1 $how $ip > /dev/null 2>&1 ;;
    esac ) &
done
wait
for file in /tmp/*.log /tmp/*.tls; do echo "@@@ $(basename $file)"; cat $file; echo; done
`;

describeDocker("whom and what the lab's coturn lets in", () => {
  let said: Map<string, string>;

  beforeAll(async () => {
    const say = () => {};
    const engine = await ensureEngine(say);
    const { coturn = "" } = await ensureImages(engine, ["coturn"], say);
    const files = [
      ...Object.entries(PEERS).flatMap(([name, { text, peer }]) => [
        { path: `/peers/${name}.conf`, content: text },
        { path: `/peers/${name}.peer`, content: peer },
      ]),
      ...Object.entries(TLS).map(([name, content]) => ({ path: `/tls/${name}.conf`, content })),
    ];
    said = sections(await runIn(engine.docker, coturn, files, ASKING));
  });

  it.each(Object.keys(PEERS))("relays as the ACL is read: %s", (name) => {
    const { text, peer } = PEERS[name] ?? { text: "", peer: "" };
    const log = said.get(`${name}.log`) ?? "";
    const isAllowed = /CHANNEL_BIND processed, success/.test(log);
    expect(isAllowed || /CHANNEL_BIND processed, error 403/.test(log)).toBe(true);
    const rules = checkConfig({
      file: name,
      text: `${text.replace("RELAY", "10.9.1.1")}relay-ip=10.9.1.1\n`,
      values: new Map(),
      version: LAB_COTURN_VERSION,
    }).map(({ rule }) => rule);
    if (peer === "own") expect(rules.includes("acl-denies-own-relay")).toBe(!isAllowed);
    else {
      const acl = new PeerAcl(new Settings(parseConfig(text)), LAB_COTURN_VERSION);
      expect(acl.verdictOn(peer).isAllowed).toBe(isAllowed);
    }
  });

  it.each(Object.keys(TLS))("speaks TLS as the file is read: %s", (name) => {
    const isSpoken = (said.get(`${name}.tls`) ?? "").includes("Cipher is ECDHE-RSA-AES128-GCM-SHA256");
    const text = `cert=/c\npkey=/k\n${TLS[name]}`;
    const rules = checkConfig({ file: name, text, values: new Map(), version: LAB_COTURN_VERSION })
      .filter(({ severity }) => severity === "error")
      .map(({ rule }) => rule);
    expect(rules.includes("cipher-list-strange") || rules.includes("no-tls-1-2")).toBe(!isSpoken);
  });
});

function sections(output: string): Map<string, string> {
  return new Map(
    output.split("@@@ ").flatMap((part) => {
      const at = part.indexOf("\n");
      return /^(version|[a-z]+\.(log|code|pc|tls))$/.test(part.slice(0, at))
        ? [[part.slice(0, at), part.slice(at + 1)] as const]
        : [];
    }),
  );
}

async function runIn(
  docker: Engine["docker"],
  image: string,
  files: { path: string; content: string }[],
  script: string,
): Promise<string> {
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: ["bash", "-c", script],
    HostConfig: { NetworkMode: "none", CapAdd: ["NET_ADMIN"] },
  });
  try {
    await container.putArchive(await tarOf(files), { path: "/" });
    await container.start();
    await container.wait();
    const logs = await container.logs({ stdout: true, follow: false });
    return withoutFrames(Buffer.from(logs));
  } finally {
    await container.remove({ force: true });
  }
}

/** Frames of eight bytes and a length tell stdout from stderr (Docker Engine API, attach). */
function withoutFrames(logs: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at < logs.length; at += 8 + logs.readUInt32BE(at + 4)) {
    parts.push(logs.subarray(at + 8, at + 8 + logs.readUInt32BE(at + 4)));
  }
  return Buffer.concat(parts).toString("utf8");
}
