import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { readConfig } from "../turn-config/read-config.ts";
import { CertificateAuthority } from "./certificate-authority.ts";
import { configFiles } from "./config-files.ts";
import { restCredential } from "./credentials.ts";
import { planTurnServers } from "./turn-server.ts";

const fresh = { username: "fresh", password: "fresh-password" };
const places = { nodes: { turn: { interfaces: [{ address: "34.1.2.3" }] } } };

function configOf(text: string, version: string) {
  const input = { file: "turnserver.conf", text, values: new Map(), version, makeSecret: () => "made" };
  const { config, findings } = readConfig(input);
  if (!config) throw new Error(JSON.stringify(findings));
  return config;
}

function planOf(
  text: string,
  spec: { hostname?: string; credential?: typeof fresh; secrets?: string[] } = {},
  version = "4.6.1",
) {
  const config = configOf(text, version);
  const image = { reference: "coturn", id: "", digest: null, command: ["turnserver"], version };
  const specs = {
    turn: { config: "turnserver.conf", options: { "aux-server": false, ...config.facts.options }, ...spec },
  };
  const { turn } = planTurnServers(specs, places, fresh, {}, { turn: image }, { turn: config });
  if (!turn?.configured) throw new Error("not configured");
  return { plan: turn, server: turn.configured };
}

describe("a server that runs a user's turnserver.conf", () => {
  it("has the listeners, the range, the realm and the user of the file", () => {
    const { plan } = planOf(
      "listening-port=443\nno-tls\nmin-port=50000\nmax-port=50100\nlt-cred-mech\nrealm=r\nuser=a:b\n",
    );
    expect(plan.listeners).toEqual([
      { transport: "udp", port: 443 },
      { transport: "tcp", port: 443 },
    ]);
    expect(plan).toMatchObject({
      realm: "r",
      credential: { username: "a", password: "b" },
      relay: { address: "34.1.2.3", minPort: 50_000, maxPort: 50_100 },
      // Neither a hostname nor a realm that could be one.
      hostname: "34.1.2.3",
    });
  });

  it("has the files that somebody gave for its paths, and the lab's own for the others", async () => {
    const config = {
      ...configOf("realm=r\nuser=a:b\ncert=c.pem\npkey=k.pem\nCA-file=/ca.pem\ndh-file=/dh.pem\n", "4.6.1"),
      files: ["/etc/c.pem", "/etc/k.pem", "/dh.pem"].map((path) => ({ path, content: Buffer.from(path), file: path })),
    };
    const specs = { turn: { config: "turnserver.conf" } };
    const { turn } = planTurnServers(specs, places, fresh, {}, {}, { turn: config });
    if (!turn?.configured) throw new Error("not configured");
    const files = await configFiles(turn, turn.configured, await CertificateAuthority.create("run"));
    const contents = files.map((file) => [file.path, "content" in file ? String(file.content) : ""]);
    for (const path of ["/etc/c.pem", "/etc/k.pem", "/dh.pem"]) expect(contents).toContainEqual([path, path]);
    expect(files.map(({ path }) => path)).toHaveLength(new Set(files.map(({ path }) => path)).size);
    expect(turn.configured.supplied.map(({ what }) => what)).toEqual(["/ca.pem"]);
  });

  it("tells its counters where the file says", () => {
    const { plan } = planOf("realm=r\nuser=a:b\nprometheus\nprometheus-port=9700\n");
    expect(plan.prometheus).toEqual({ address: "127.0.0.1", port: 9700, path: "/metrics", isTls: false });
    expect(planOf("realm=r\nuser=a:b\n").plan.prometheus).toBeNull();
  });

  it("mints time-limited credentials from the secret, with the file's separator", () => {
    const { plan } = planOf("static-auth-secret=north\nrest-api-separator=_\nrealm=r\n");
    const [expiresAtS = ""] = plan.credential.username.split("_");
    expect(Number(expiresAtS)).toBeGreaterThan(Date.now() / 1000 + 3600);
    expect(plan.credential).toEqual(
      restCredential("north", { userId: "lab", expiresAtS: Number(expiresAtS), separator: "_" }),
    );
  });

  it("has the secrets of the file to mint with, and none of the lab's", () => {
    expect(planOf("static-auth-secret=north\nrest-api-separator=_\nrealm=r\n").plan).toMatchObject({
      secrets: ["north"],
      separator: "_",
    });
    expect(planOf("use-auth-secret\nrealm=r\n").plan.secrets).toEqual(["fresh-password"]);
    // What an API asked for is nothing that the file knows.
    expect(planOf("lt-cred-mech\nuser=a:b\nrealm=r\n", { secrets: ["fresh"] }).plan.secrets).toEqual([]);
    expect(planOf("static-auth-secret=north\nrealm=r\n", { credential: fresh }).plan.secrets).toEqual([]);
  });

  it("presents what the scenario says where it says so", () => {
    const credential = { username: "alice", password: "known" };
    expect(planOf("user=alice:0x00112233445566778899aabbccddeeff\nrealm=r", { credential }).plan.credential).toEqual(
      credential,
    );
  });

  it.each([
    ["lt-cred-mech", "--user=fresh:fresh-password", "a user"],
    ["use-auth-secret", "--static-auth-secret=fresh-password", "a static-auth-secret"],
  ])("supplies what %s asks for and the file has not, and says so without the secret", (line, argument, what) => {
    const { server } = planOf(`${line}\nrealm=r\ncert=/c\npkey=/k\n`);
    expect(server.arguments).toContain(argument);
    expect(server.supplied).toContainEqual({ what, why: "line 1 asks for one, and the file has none" });
    expect(JSON.stringify([server.supplied, server.overridden])).not.toContain("fresh-password");
  });

  it("overrides no more than it must", () => {
    expect(planOf("no-tls\nrealm=r\nuser=a:b\nlt-cred-mech\nlog-file=stdout").server).toMatchObject({
      arguments: [],
      supplied: [],
      overridden: [],
    });
    expect(
      planOf("no-tls\nrealm=r\nuser=a:b\ndaemon\nlistening-device=ens4\nlog-file=/var/log/t.log").server.arguments,
    ).toEqual(["--simple-log", "--no-stdout-log", "--listening-device=eth0", "--daemon=0"]);
  });
});

describe("its program", () => {
  it("is the image's own turnserver, with the file and what has to be said beside it", () => {
    const { plan } = planOf("no-tls\nrealm=r\nuser=a:b\ndaemon\nlog-file=stdout");
    expect(plan.program).toEqual({
      command: ["turnserver", "-c", "/etc/turnlab/turnserver.conf", "--daemon=0"],
      env: {},
      files: [],
    });
  });

  it("offers no DTLS since 4.17.0 unless the file asks for it", () => {
    const dtls = (text: string, version: string) =>
      planOf(text, {}, version).plan.listeners.some(({ transport, port }) => transport === "udp" && port === 5349);
    expect(dtls("realm=r\nuser=a:b", "4.6.1")).toBe(true);
    expect(dtls("realm=r\nuser=a:b", "4.17.0")).toBe(false);
    expect(dtls("realm=r\nuser=a:b\ndtls", "4.17.0")).toBe(true);
  });
});

describe("its files", () => {
  const filesOf = async (text: string, spec: { hostname?: string } = {}) => {
    const { plan, server } = planOf(text, spec);
    const files = await configFiles(plan, server, await CertificateAuthority.create("test"));
    return {
      server,
      at: (path: string) => files.find((file) => file.path === path),
      paths: files.map(({ path }) => path),
    };
  };
  const namesIn = (file: unknown) => new X509Certificate((file as { content: string }).content).subjectAltName;

  it("hold the user's text byte for byte, and a certificate at the very paths that it names", async () => {
    const text =
      "# mine\r\nrealm = turn.example.org\nlt-cred-mech\nuser=a:b\ncert=/etc/live/full.pem\npkey=keys/p.pem\nlog-file=/var/log/t.log\n";
    const { at } = await filesOf(text, { hostname: "turn.example.org" });
    expect(at("/etc/turnlab/turnserver.conf")).toMatchObject({ content: text });
    expect(namesIn(at("/etc/live/full.pem"))).toBe("DNS:turn.example.org");
    expect(at("/etc/keys/p.pem")).toMatchObject({ content: expect.stringContaining("PRIVATE KEY") });
    expect(at("/var/log/t.log")).toEqual({ path: "/var/log/t.log", linkTo: "/proc/self/fd/1" });
  });

  it("put both into one file where the file wants it so, and the authority where clients are to be asked", async () => {
    const { at, paths } = await filesOf(
      "realm=r\nlt-cred-mech\nuser=a:b\ncert=/one.pem\npkey=/one.pem\nCA-file=/ca.pem",
    );
    expect(at("/one.pem")).toMatchObject({ content: expect.stringMatching(/CERTIFICATE[\s\S]*PRIVATE KEY/) });
    expect(paths.filter((path) => path === "/one.pem")).toHaveLength(1);
    expect(paths).toContain("/ca.pem");
  });

  it("certify the address only where clients use it", async () => {
    const { server, at } = await filesOf("realm=r\nlt-cred-mech\nuser=a:b\n");
    expect(server.arguments.slice(0, 2)).toEqual([
      "--cert=/etc/turnlab/fullchain.pem",
      "--pkey=/etc/turnlab/privkey.pem",
    ]);
    expect(namesIn(at("/etc/turnlab/fullchain.pem"))).toContain("IP Address:34.1.2.3");
  });
});
