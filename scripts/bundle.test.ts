import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Scenario } from "../lab/model/scenario.ts";
import { exampleRun } from "../reports/example-run.ts";
import { summarize } from "../reports/summarize.ts";
import { InvalidInput } from "./invalid-input.ts";
import { openBundle } from "./open-bundle.ts";
import { checkBundle, packBundle } from "./pack-bundle.ts";
import { selectScenarios } from "./select.ts";

const SECRETS = [
  "pa55word-of-alice",
  "first-shared-secret",
  "second-shared-secret",
  "cli-secret-9",
  "raw-credential",
  "pw",
];
const CONF = `# static-auth-secret=an-older-secret
listening-port=3478
realm=example.org
lt-cred-mech
user=bob:secret-of-bob
external-ip=34.1.2.3
cli-password=cli-secret-10
`;

const scenario: Scenario = {
  description: "A test.",
  topology: {
    routers: { home: { nat: "home" } },
    turnServers: {
      turn: {
        credential: { username: "alice", password: "pa55word-of-alice" },
        options: { "cli-password": "cli-secret-9" },
      },
      rest: { secrets: ["first-shared-secret"] },
      short: { credential: { username: "carol", password: "pw" } },
    },
  },
  peers: {
    offerer: {
      behind: "home",
      iceServers: ["turn", { urls: "turn:turn.lab.test", username: "alice", credential: "raw-credential" }],
    },
    answerer: { behind: "internet", iceServers: ["rest", "short"] },
  },
  load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
  changes: [{ atMs: 10, server: "rest", secrets: ["second-shared-secret", "first-shared-secret"] }],
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnlab-"));
  const own = folder;
  onTestFinished(() => rmSync(own, { recursive: true, force: true }));
});

async function bundled(): Promise<string> {
  const [file, scenarioFile, conf] = ["bundle.tar.gz", "packed.json", "turnserver.conf"].map((name) =>
    join(folder, name),
  );
  if (!file || !scenarioFile || !conf) throw new Error("no names");
  const run = mkdtempSync(join(folder, "run-"));
  writeFileSync(conf, CONF);
  const configured = join(folder, "configured.ts");
  const { turn: _, ...servers } = scenario.topology.turnServers ?? {};
  const withConf = { ...scenario, topology: { ...scenario.topology, turnServers: { turn: {}, ...servers } } };
  writeFileSync(configured, `export default ${JSON.stringify(withConf)}`);
  const [ofFile] = await selectScenarios([configured], { turnConfig: [`turn=${conf}`] });
  if (!ofFile) throw new Error("nothing selected");
  writeFileSync(join(run, "run.jsonl"), `${JSON.stringify({ type: "x", said: `the secret is ${SECRETS[0]}` })}\n`);
  writeFileSync(join(run, "report.md"), `alice has ${SECRETS[0]}, bob has secret-of-bob, and pwd is a word`);
  await packBundle(file, run, [{ name: "packed", scenario }, ofFile], summarize(exampleRun()));
  return file;
}

describe("a bundle", () => {
  it("holds no secret of a scenario or of a turnserver.conf, in none of its files", async () => {
    const text = gunzipSync(readFileSync(await bundled())).toString("latin1");
    for (const secret of [...SECRETS.slice(0, -1), "secret-of-bob", "cli-secret-10", "an-older-secret"])
      expect(text).not.toContain(secret);
    expect(text).not.toContain('"pw"');
    expect(text).toContain("alice");
    expect(text).toContain("external-ip=34.1.2.3");
    expect(text).toContain("and pwd is a word");
  });

  it("gives back the same scenarios, with fresh secrets where they had one", async () => {
    const said: string[] = [];
    const [packed, configured] = await selectScenarios([await bundled()], {}, (line) => said.push(line));
    const replayed = packed?.scenario as Scenario | undefined;
    if (!replayed) throw new Error("nothing is in it");
    const { turn, rest, short } = replayed.topology.turnServers ?? {};
    const fresh = [
      turn?.credential?.password,
      turn?.options?.["cli-password"],
      rest?.secrets?.[0],
      short?.credential?.password,
    ];
    expect(new Set(fresh).size).toBe(4);
    for (const secret of fresh) expect(secret).toMatch(/^[\w-]{24}$/);
    const { changes, ...others } = replayed;
    expect(changes?.[0]).toMatchObject({
      atMs: 10,
      secrets: [expect.stringMatching(/^[\w-]{24}$/), rest?.secrets?.[0]],
    });
    const { changes: _, topology, peers, ...same } = scenario;
    expect(others).toMatchObject(same);
    expect(others.topology.routers).toEqual(topology.routers);
    expect(others.peers.answerer).toEqual(peers.answerer);
    const config = configured?.configs?.turn;
    expect(config?.text).toMatch(/^user=bob:[\w-]{24}$/m);
    expect(config?.facts.credential).toMatchObject({ kind: "user", username: "bob" });
    expect(configured?.scenario.topology.turnServers?.turn).toMatchObject({ publicAddress: "34.1.2.3" });
    expect(said.join()).toMatch(/^replaying run .*; fresh secrets in the place of \d+ that were taken out of it$/);
  });

  it("is named as a new file", () => {
    expect(() => checkBundle(join(folder, "bundle.zip"))).toThrow(/expected *a file name that ends in .tar.gz or .tgz/);
    expect(() => checkBundle(join(folder, "none", "bundle.tgz"))).toThrow(/found *no folder/);
    writeFileSync(join(folder, "there.tar.gz"), "");
    expect(() => checkBundle(join(folder, "there.tar.gz"))).toThrow(/found *one that is there already/);
    expect(() => checkBundle(join(folder, "new.tar.gz"))).not.toThrow();
  });
});

describe("what is no bundle", () => {
  const tarOf = async (...entries: { name: string; type?: "file" | "symlink"; text?: string; linkname?: string }[]) => {
    const tar = pack();
    for (const { text = "", ...header } of entries)
      header.type === "symlink" ? tar.entry(header) : tar.entry(header, text);
    tar.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of tar) chunks.push(chunk as Buffer);
    return gzipSync(Buffer.concat(chunks));
  };
  const manifest = (change: object) => ({
    name: "turnlab-bundle/bundle.json",
    text: JSON.stringify({ bundleVersion: 1, scenarios: [{ name: "a", file: "scenarios/a.json" }], ...change }),
  });

  it.each<[string, () => Promise<Buffer> | Buffer, RegExp]>([
    ["text", () => Buffer.from("hello"), /found *no gzip/],
    ["nothing", () => Buffer.alloc(0), /found *(one that is cut off|no turnlab-bundle)/],
    ["cut off", async () => readFileSync(await bundled()).subarray(0, 400), /found *one that is cut off/],
    ["another archive", () => tarOf({ name: "etc/passwd", text: "x" }), /found *a path that leaves its folder/],
    ["a path upwards", () => tarOf({ name: "turnlab-bundle/../../x" }), /found *a path that leaves its folder/],
    ["an absolute path", () => tarOf({ name: "/etc/passwd" }), /found *a path that leaves its folder/],
    [
      "a link",
      () => tarOf({ name: "turnlab-bundle/scenarios/a.json", type: "symlink", linkname: "/etc/passwd" }),
      /found *a symlink in it/,
    ],
    ["no manifest", () => tarOf({ name: "turnlab-bundle/run/x" }), /found *no turnlab-bundle\/bundle.json in it/],
    [
      "a later version",
      () => tarOf(manifest({ bundleVersion: 2 })),
      /expected *a bundle of version 1\n *found *bundleVersion 2\n/,
    ],
    ["a scenario elsewhere", () => tarOf(manifest({ scenarios: [{ name: "a", file: "../a" }] })), /without scenarios/],
    ["a scenario that is not there", () => tarOf(manifest({})), /scenarios\/a.json that is no JSON/],
    [
      "a deployed server",
      () => tarOf(manifest({ scenarios: [{ name: "a", file: "scenarios/a.json", cannotRun: "turn is outside" }] })),
      /found *turn is outside/,
    ],
    [
      "a turnserver.conf of this machine",
      () => {
        const value = { topology: { turnServers: { turn: { config: "/etc/passwd" } } } };
        return tarOf(manifest({}), { name: "turnlab-bundle/scenarios/a.json", text: JSON.stringify(value) });
      },
      /expected *a turnserver.conf that is in the bundle\n *found *"\/etc\/passwd"/,
    ],
    ["too much", () => tarOf({ ...manifest({}), text: " ".repeat(9 * 1024 ** 2) }), /more bytes than any bundle has/],
  ])("is refused: %s", async (_, make, message) => {
    const file = join(folder, "wrong.tar.gz");
    writeFileSync(file, await make());
    await expect(openBundle(file)).rejects.toThrow(message);
    await expect(openBundle(file)).rejects.toThrow(InvalidInput);
  });

  it("is refused where there is none", async () => {
    await expect(openBundle(join(folder, "none.tar.gz"))).rejects.toThrow(/it cannot be read \(ENOENT\)/);
  });
});
