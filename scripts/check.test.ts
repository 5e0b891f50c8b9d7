import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ALL_CHECK_RULES, type CheckOptions, checkCommand } from "./check.ts";
import { InvalidInput } from "./invalid-input.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const FIXTURES = join(ROOT, "scripts/fixtures/check");
const FORMATS = ["text", "json", "sarif", "github"];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnlab check "));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, text: string | Buffer): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function check(paths: readonly string[], options: CheckOptions = {}): { code: number; text: string } {
  let text = "";
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  return { code: checkCommand(paths, options), text };
}

function refused(paths: readonly string[], options: CheckOptions = {}): string {
  try {
    checkCommand(paths, options);
  } catch (error) {
    if (error instanceof InvalidInput) return error.message;
    throw error;
  }
  throw new Error("it was not refused");
}

const found = (paths: readonly string[], options: CheckOptions = {}) =>
  JSON.parse(check(paths, { ...options, format: "json" }).text) as {
    passed: boolean;
    files: { file: string; kind: string; read: string[] }[];
    findings: { rule: string; severity: string; file: string; line: number | null; affects: string | null }[];
  };

/** A server that is well, but for what the rules may still want of it. */
const WELL =
  "use-auth-secret\nstatic-auth-secret=north-sea-and-baltic-1\nrealm=turn.example.org\nexternal-ip=34.1.2.3\n";

describe("exit codes", () => {
  it("are 99 with an error, and with a warning only where --strict says so", () => {
    expect(check([write("a.conf", `${WELL}fingerprnt\n`)]).code).toBe(99);
    const note = write("run.sh", "turnserver -c /etc/turnserver.conf\n");
    expect(check([note]).code).toBe(0);
    expect(check([note], { strict: true }).code).toBe(0);
    const warning = write("compose.yml", readFileSync(join(FIXTURES, "published-tcp.yml"), "utf8"));
    const { findings } = found([warning], { coturnVersion: "4.17.2" });
    const severities = new Set(findings.map(({ severity }) => severity));
    expect(check([warning]).code).toBe(severities.has("error") ? 99 : 0);
  });

  it("is 104 with every fault of every file and option at once", () => {
    const message = refused(
      [
        join(folder, "nothing.conf"),
        folder,
        write("a.bin", Buffer.from([0, 1, 2])),
        write("compose.yml", "services: ["),
      ],
      { format: "xml", coturnVersion: "four", set: ["x"], envFile: [join(folder, "none.env")] },
    );
    for (const part of [
      "nothing.conf: 1 fault",
      "ENOENT",
      "a folder",
      "a NUL byte",
      "compose.yml: ",
      "one of text, json, sarif, github",
      '"four"',
      "NAME=VALUE",
      "none.env: no such file (ENOENT)",
    ]) {
      expect(message).toContain(part);
    }
  });

  it("is 104 for a value that stands nowhere, with the name that was probably meant", () => {
    const file = write("a.conf", "external-ip=<TURN_IP>\n");
    expect(refused([file], { set: ["TURN_PI=1.2.3.4"] })).toMatch(/--set TURN_PI[\s\S]*Did you mean "TURN_IP"/);
    expect(check([file], { set: ["TURN_IP=34.1.2.3"] }).text).not.toContain("TURN_IP");
  });
});

describe("what users need", () => {
  const json = (name: string, value: unknown) => write(name, JSON.stringify(value));
  const rules = (options: CheckOptions) => found([write("a.conf", WELL)], options).findings.map(({ rule }) => rule);

  it("is told by a profile, or by what an application hands out", () => {
    const urls = ["turns:turn.example.org:8443?transport=tcp"];
    expect(rules({})).not.toContain("url-without-listener");
    expect(rules({ iceServers: json("ice.json", [{ urls, username: "a", credential: "b" }]) })).toContain(
      "url-without-listener",
    );
    expect(rules({ profile: json("profile.json", { iceServers: [{ urls }] }) })).toContain("url-without-listener");
    expect(rules({ iceServers: json("ice.json", [{ urls: "turn:34.9.9.9" }]) })).toContain("external-ip-other");
  });

  it("weighs rules, also those of a probe, and refuses one that is nearly one", () => {
    const profile = json("profile.json", {
      rules: { "no-quota": "error", "tcp-relay": "off", "port-5766": "off" },
    });
    const { findings } = found([write("a.conf", WELL)], { profile });
    expect(findings.find(({ rule }) => rule === "no-quota")?.severity).toBe("error");
    expect(findings.map(({ rule }) => rule)).not.toContain("tcp-relay");
    expect(rules({})).toContain("tcp-relay");
    const typo = json("profile.json", { rules: { "tcp-rely": "off" } });
    expect(refused([write("a.conf", WELL)], { profile: typo })).toMatch(/rules\.tcp-rely[\s\S]*"tcp-relay"/);
  });

  it("says from which networks no call can work, as the gate does", () => {
    const told = (text: string, profile: unknown) =>
      found([write("a.conf", text)], { profile: json("profile.json", profile) })
        .findings.filter(({ rule }) => rule.startsWith("network-"))
        .map(({ severity, rule, affects }) => `${severity} ${rule} ${affects}`);
    const only443 = "users behind firewalls that let only TLS on port 443 out";
    const moved = `${WELL}cert=/etc/a.pem\npkey=/etc/b.pem\n`;
    expect(told(`${moved}tls-listening-port=443\n`, { networks: ["home", "tls-443"] })).toEqual([]);
    expect(told(`${moved}tcp-proxy-port=5555\n`, { networks: ["tls-443"] })).toEqual([]);
    expect(told(moved, { networks: ["home", "tls-443"] })).toEqual([`error network-without-url ${only443}`]);
    const iceServers = [{ urls: ["turn:turn.example.org", "turns:turn.example.org:443?transport=tcp"] }];
    expect(told(moved, { networks: ["tls-443"], iceServers })).toEqual([`error network-without-listener ${only443}`]);
    expect(told(moved, { networks: ["tls-443"], rules: { "network-without-url": "warning" } })).toEqual([
      `warning network-without-url ${only443}`,
    ]);
    expect(told(moved.replace(/^external-ip=.*$/m, "external-ip=<IP>"), { networks: ["tls-443"] })).toEqual([]);
  });

  it("is refused where it cannot be read, beside everything else", () => {
    const message = refused([folder], { profile: join(folder, "none.json"), iceServers: write("ice.json", "[") });
    expect(message).toMatch(/none\.json: no such file \(ENOENT\)/);
    expect(message).toMatch(/ice\.json: 1 fault/);
    expect(message).toMatch(/a folder/);
  });
});

describe("odd files", () => {
  it.each(FORMATS)("come out whole as %s", (format) => {
    const name = write("a b%0A::error::x\n<b>,:`|.conf", `${WELL}fingerprnt\n`);
    const { text } = check([name], { format });
    expect(text.length).toBeGreaterThan(0);
    if (format === "github") {
      const lines = text.trimEnd().split("\n");
      expect(lines.filter((line) => !/^::(error|warning|notice) /.test(line))).toEqual([]);
    } else if (format === "text") {
      expect(text.split("\n").filter((line) => /^\s*::/.test(line))).toEqual([]);
    } else expect(() => JSON.parse(text)).not.toThrow();
  });

  it("may end their lines as Windows does", () => {
    const unix = found([write("a.conf", `${WELL}fingerprnt\n`)]);
    const dos = found([write("a.conf", `${WELL}fingerprnt\n`.replaceAll("\n", "\r\n"))]);
    expect(dos.findings).toEqual(unix.findings);
  });

  it("lose their first line to a byte order mark, as in coturn, and nothing to one before a comment", () => {
    const told = (text: string) =>
      found([write("a.conf", text)])
        .findings.filter(({ rule }) => rule === "byte-order-mark")
        .map(({ severity, line }) => `${severity} ${line}`);
    expect(told(`\uFEFF${WELL}`)).toEqual(["error 1"]);
    expect(told(`\uFEFF# ours\n${WELL}`)).toEqual(["note 1"]);
    expect(told(WELL)).toEqual([]);
  });

  it("may be empty, which is a fault of a server's file, and may be Latin-1, which is none", () => {
    expect(check([write("a.conf", "")]).code).toBe(99);
    const latin = Buffer.from(`# f\u00fcr uns\n${WELL}`, "latin1");
    expect(found([write("a.conf", latin)]).findings).toEqual(found([write("a.conf", `# fur uns\n${WELL}`)]).findings);
  });

  it("of 10 MB are refused, and of a megabyte read in seconds", () => {
    expect(refused([write("a.conf", Buffer.alloc(10_000_000, "fingerprint\n"))])).toContain("10000000 bytes");
    const lines = Array.from(
      { length: 26_000 },
      (_, n) => `denied-peer-ip=10.${n >> 8}.${n & 255}.0-10.${n >> 8}.${n & 255}.9`,
    );
    const startedAt = performance.now();
    check([write("a.conf", `${WELL}${lines.join("\n")}\n`)]);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

describe("what lies beside a file", () => {
  it("is read too, and told once; Compose's .env fills variables unless another one is named", () => {
    write("deploy/etc/turnserver.conf", `${WELL}fingerprnt\n`);
    const compose = write(
      "deploy/compose.yml",
      `services:\n  turn:\n    image: "coturn/coturn:$\{TAG}"\n    network_mode: host\n    volumes: ["./etc:/etc/coturn:ro"]\n`,
    );
    write("deploy/etc/turnserver.conf", `${WELL}fingerprnt\nserver-name=$\{TAG}\n`);
    write("deploy/.env", "TAG=4.17.2\n");
    write("other.env", "TAG=4.6.2\n");
    const report = found([compose]);
    expect(report.files).toMatchObject([{ kind: "Docker Compose", coturnVersions: ["4.17.2"] }]);
    expect(report.files[0]?.read).toEqual([join(folder, "deploy/etc/turnserver.conf"), join(folder, "deploy/.env")]);
    expect(report.findings.filter(({ line, file }) => line === 5 && file.endsWith("turnserver.conf"))).toHaveLength(1);
    // Compose fills nothing in there, and coturn neither.
    expect(report.findings.map(({ rule }) => rule)).toContain("placeholder");
    expect(found([compose], { envFile: [join(folder, "other.env")] }).files).toMatchObject([
      { coturnVersions: ["4.6.2"] },
    ]);
    expect(found([compose], { set: ["TAG=4.9.0"] }).files).toMatchObject([{ coturnVersions: ["4.9.0"] }]);
    expect(found([compose, join(folder, "deploy/etc/turnserver.conf")]).files).toHaveLength(2);
  });

  it("is not read where it is the machine's own", () => {
    const script = write("run.sh", "turnserver -c /etc/passwd\n");
    expect(found([script]).files[0]?.read).toEqual([]);
  });
});

describe("files of real life", () => {
  it.each(["docker-compose.yml", "run-coturn.sh", "coturn.service", "Dockerfile", "turnserver.conf"])("%s", (name) => {
    const { findings } = found([join(FIXTURES, name)]);
    const lines = findings
      .filter(({ rule }) => OWN_RULES.has(rule))
      .map(({ file, line, severity, rule }) => `${file.replace(`${FIXTURES}/`, "")}:${line} ${severity} ${rule}`);
    expect(lines).toEqual(REAL_LIFE[name]);
  });
});

const OWN_RULES = new Set(
  ALL_CHECK_RULES.map(({ id }) => id).filter((id) =>
    /argument|config-file|run-time|no-configuration|image|publish|relay-range-(not|moved)|container|ports/.test(id),
  ),
);
const REAL_LIFE: Record<string, string[]> = {
  "docker-compose.yml": [
    "docker-compose.yml:22 error udp-port-not-published",
    "docker-compose.yml:24 error relay-range-not-published",
    "docker-compose.yml:35 error argument-ignored",
    "docker-compose.yml:19 warning image-variable-ignored",
    "docker-compose.yml:30 note value-known-at-run-time",
    "coturn.conf:3 note argument-overrides-file",
    "coturn.conf:6 note argument-overrides-file",
  ],
  "run-coturn.sh": [
    "run-coturn.sh:18 error unknown-argument",
    "run-coturn.sh:28 error relay-range-not-published",
    "run-coturn.sh:16 note value-known-at-run-time",
    "run-coturn.sh:30 note image-version-open",
  ],
  "coturn.service": ["coturn.service:10 error unknown-argument", "coturn.service:9 note config-file-not-read"],
  Dockerfile: [
    "Dockerfile:13 error unknown-argument",
    "Dockerfile:11 note value-known-at-run-time",
    "coturn.conf:3 note argument-overrides-file",
  ],
  "turnserver.conf": [],
};

describe("secrets", () => {
  const SECRETS = [
    "hunter2-pass",
    "hunter3-secret",
    "hunter4-cli",
    "hunter5-db",
    "hunter6-typo",
    "hunter7-env",
    "hunter8-set",
  ];
  const CONF = [
    "lt-cred-mech",
    "user=alice:hunter2-pass",
    "static-auth-secret=hunter3-secret",
    "static-auth-secrt=hunter6-typo",
    "cli-password=hunter4-cli",
    'psql-userdb="host=db password=hunter5-db"',
    "hunter6-typo alone",
    "realm=$" + "{SECRET}",
    "fingerprint=hunter2-pass",
    "denied-peer-ip=10.0.0.0/8",
  ].join("\n");
  const ARGUMENTS =
    "-n -a -u alice:hunter2-pass --static-auth-secret=hunter3-secret --static-auth-secrt=hunter6-typo --cli-password hunter4-cli" +
    ' --psql-userdb "host=db password=hunter5-db" hunter6-typo -yhunter6-typo --stale-nonce hunter6-typo';
  const FILES: Record<string, string> = {
    "turnserver.conf": CONF,
    "compose.yml":
      `services:\n  turn:\n    image: coturn/coturn:4.6.2\n    environment:\n      HIDDEN: hunter7-env\n      OTHER: "$` +
      `{SECRET}"\n    volumes: ["./turnserver.conf:/etc/turnserver.conf"]\n    command: ${ARGUMENTS.replace("-n ", "")} --pkey-pwd=$$HIDDEN --realm=$$OTHER\n`,
    "broken.yml": `services:\n  turn: { command: *hunter2-pass }\n  a: "hunter3-secret\n`,
    "run.sh": `SECRET=hunter3-secret\nPASS='hunter2-pass'\nturnserver ${ARGUMENTS} -u "bob:$PASS" --static-auth-secret="$SECRET"\n`,
    "a.service": `[Service]\nEnvironment=HIDDEN=hunter7-env\nExecStart=/usr/bin/turnserver ${ARGUMENTS} --pkey-pwd=$\{HIDDEN}\n`,
    Dockerfile: `FROM coturn/coturn:4.6.2\nENV HIDDEN=hunter7-env\nCMD ["${ARGUMENTS.replaceAll('"', "").split(" ").join('", "')}", "--pkey-pwd=$HIDDEN"]\n`,
  };

  it.each(FORMATS)("of a file stand in no output: %s", (format) => {
    for (const [name, text] of Object.entries(FILES)) {
      write(name, text);
      write(".env", "SECRET=hunter8-set\n");
      for (const options of [{}, { coturnVersion: "4.6.1" }, { coturnVersion: "4.17.2" }]) {
        let said: string;
        try {
          said = check([join(folder, name)], { ...options, format }).text;
        } catch (error) {
          said = (error as Error).message;
        }
        expect(said.length).toBeGreaterThan(0);
        for (const secret of SECRETS) expect(said, `${name} ${format}`).not.toContain(secret);
      }
    }
  });
});

describe("./turnlab check", () => {
  it("reads standard input, and asks and starts no engine", () => {
    // A front door of its own, with programs that tell on whoever calls them.
    const project = join(folder, "project");
    const programs = join(folder, "bin");
    const calls = join(folder, "calls");
    mkdirSync(join(project, ".turnlab"), { recursive: true });
    mkdirSync(programs);
    for (const name of ["turnlab", "package.json", "package-lock.json"]) cpSync(join(ROOT, name), join(project, name));
    for (const name of ["scripts", "lab", "reports", "node_modules"])
      symlinkSync(join(ROOT, name), join(project, name));
    cpSync(join(ROOT, "package-lock.json"), join(project, ".turnlab/package-lock.json"));
    for (const name of ["sh", "cmp", "uname", "readlink"]) {
      const path = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim();
      symlinkSync(path, join(programs, name));
    }
    symlinkSync(process.execPath, join(programs, "node"));
    for (const name of [
      "docker",
      "dockerd",
      "podman",
      "apt-get",
      "npm",
      "sudo",
      "service",
      "systemctl",
      "containerd",
    ]) {
      writeFileSync(join(programs, name), `#!/bin/sh\necho ${name} "$@" >> '${calls}'\nexit 1\n`);
      chmodSync(join(programs, name), 0o755);
    }
    // An engine that would be asked is a socket that nobody listens at, and a proxy that every request would go to.
    const env = {
      PATH: programs,
      DOCKER_HOST: `unix://${join(folder, "docker.sock")}`,
      NODE_OPTIONS: `--import=${join(ROOT, "scripts/fixtures/no-sockets.mjs")}`,
      NODE_COMPILE_CACHE: join(ROOT, ".turnlab/compile-cache"),
      NO_SOCKETS_FILE: calls,
    };
    const run = (words: string[], input: string) =>
      spawnSync(join(project, "turnlab"), words, { env, input, encoding: "utf8", timeout: 30_000, cwd: folder });
    const bad = run(["check", "-"], `${WELL}fingerprnt\n`);
    expect(bad.stderr).toBe("");
    expect(bad).toMatchObject({ status: 99, stdout: expect.stringMatching(/standard input:5/) });
    expect(run(["check", "nothing.conf"], "").status).toBe(104);
    expect(run(["check"], "").status).toBe(104);
    expect(spawnSync("test", ["-e", calls]).status).toBe(1);
    // And the trap would have sprung.
    const asking = spawnSync("node", ["-e", 'require("node:net").connect("/nowhere").on("error", () => {})'], {
      env: { ...env, PATH: `${programs}` },
    });
    expect([asking.status, readFileSync(calls, "utf8")]).toEqual([0, "socket\n"]);
  }, 60_000);
});
