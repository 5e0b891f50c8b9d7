import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { findProgram } from "../lab/runtime/find-program.ts";
import { k6Input, proveNewEnough } from "./k6.ts";
import { isOlder, versionIn } from "./k6-program.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "turnlab-k6-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Ended = { code: number | null; stdout: string; stderr: string };

function turnlab(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  onStdout?: (pid: number) => void,
): Promise<Ended> {
  const child = spawn(process.execPath, [join(ROOT, "scripts/turnlab.ts"), "k6", ...args], {
    env: { ...process.env, ...env },
  });
  const ended = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    ended.stdout += text;
    onStdout?.(child.pid ?? 0);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (ended.stderr += text));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...ended })));
}

/** In the place of k6, which this machine may not have: a program that says what it was told, and asks whom it was told to. */
function programInItsPlace(version: string, run: string): string {
  const place = mkdtempSync(join(folder, "bin-"));
  const file = join(place, "k6");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    file,
    `#!${process.execPath}
const [command, ...args] = process.argv.slice(2);
if (command === "version") console.log(${JSON.stringify(version)});
else { ${run} }
`,
    { mode: 0o755 },
  );
  return `${place}:${dirname(process.execPath)}:/usr/bin:/bin`;
}

const NOW = "k6 v1.6.1 (commit/1a2b3c4d5e, go1.25.5, linux/amd64)";

// Each is a process of its own, on a machine that may be busy.
describe("turnlab k6", { timeout: 30_000 }, () => {
  it("says that k6 is missing, and how to get it, before anything starts", async () => {
    if (findProgram("k6", "") !== null) return;
    const { code, stdout, stderr } = await turnlab([], { PATH: dirname(process.execPath) });
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(
      /^k6 is missing: .*\n {2}see https:\/\/grafana\.com\/docs\/k6\/.*\n {2}\.\/turnlab k6 --image /,
    );
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it("runs the script against an emulator that answers, stays on this machine, and passes the exit code on", async () => {
    const PATH = programInItsPlace(
      NOW,
      `const { API_URL, API_PROVIDER, TWILIO_ACCOUNT_SID: sid, TWILIO_AUTH_TOKEN: token, K6_NO_USAGE_REPORT,
         K6_AUTO_EXTENSION_RESOLUTION, HTTPS_PROXY, RATE } = process.env;
       fetch(API_URL + "/2010-04-01/Accounts/" + sid + "/Tokens.json", {
         method: "POST", headers: { authorization: "Basic " + btoa(sid + ":" + token) },
       }).then((answer) => {
         console.log(JSON.stringify({ args, status: answer.status, API_URL, API_PROVIDER, RATE, HTTPS_PROXY: HTTPS_PROXY ?? null,
           K6_NO_USAGE_REPORT, K6_AUTO_EXTENSION_RESOLUTION }));
         process.exitCode = 99;
       });`,
    );
    const args = ["--provider", "twilio", "-e", "RATE=7", "--", "--out", "json=x.ndjson"];
    const { code, stdout, stderr } = await turnlab(args, { PATH, HTTPS_PROXY: "http://127.0.0.1:9" });
    expect(code, stderr).toBe(99);
    expect(JSON.parse(stdout)).toEqual({
      args: ["--out", "json=x.ndjson", join(ROOT, "scenarios/k6/ice-servers.ts")],
      status: 201,
      API_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      API_PROVIDER: "twilio",
      RATE: "7",
      HTTPS_PROXY: null,
      K6_NO_USAGE_REPORT: "true",
      K6_AUTO_EXTENSION_RESOLUTION: "false",
    });
    expect(stderr).toMatch(/it asks the lab's emulator of twilio at http:\/\/127\.0\.0\.1:\d+\n/);
  });

  it("asks a URL of the user's and starts nothing for it", async () => {
    const PATH = programInItsPlace(NOW, "console.log(process.env.API_URL); process.exitCode = 107;");
    const url = "wss://signalling.example.org/rooms";
    const { code, stdout, stderr } = await turnlab(["signalling", "--url", url], { PATH });
    expect(code).toBe(107);
    expect(stdout).toBe(`${url}\n`);
    expect(stderr).toContain(`it asks ${url}, and nobody else`);
  });

  it("tells k6 once that it is interrupted, and ends as it does", async () => {
    const PATH = programInItsPlace(
      NOW,
      `let told = 0;
       process.on("SIGINT", () => { told += 1; setTimeout(() => process.exit(told === 1 ? 105 : 1), 100); });
       console.log("up"); setInterval(() => {}, 1000);`,
    );
    let isTold = false;
    const { code } = await turnlab([], { PATH }, (pid) => {
      if (!isTold) process.kill(pid, "SIGTERM");
      isTold = true;
    });
    expect(code).toBe(105);
  });

  it("refuses a k6 that runs no TypeScript, or has no WebSockets", () => {
    const of = (word: string, ...version: [number, number]) => {
      const { script } = k6Input(word, word === "signalling" ? { url: "ws://127.0.0.1:9" } : {}, {});
      return () => proveNewEnough({ name: "k6", version }, script);
    };
    expect(of("ice-servers", 0, 49)).toThrow(
      /expected +k6 0\.57 or newer .*TypeScript by itself.*\n +found +k6 0\.49\n/,
    );
    expect(of("signalling", 1, 5)).toThrow(/expected +k6 1\.6 or newer .*k6\/websockets/);
    expect(of("ice-servers", 0, 57)).not.toThrow();
    expect(of("signalling", 2, 0)).not.toThrow();
    // A file in JavaScript asks nothing of k6's age.
    writeFileSync(join(folder, "own.js"), "export default () => {};");
    expect(of(join(folder, "own.js"), 0, 1)).not.toThrow();
  });

  it("is bad input with all its faults at once, keys that are missing too", () => {
    const all = () => k6Input("signaling", { provider: "twillio", image: "k6:", env: ["RATE"] }, {});
    for (const fault of [
      /SCRIPT\n +expected +ice-servers or signalling, or a file\n +found +"signaling"\n +hint +Did you mean "signalling"\?/,
      /--provider\n.*\n +found +"twillio"\n +hint +Did you mean "twilio"\?/,
      /--image\n.*\n +found +"k6:"/,
      /-e\n +expected +NAME=VALUE\n +found +"RATE"/,
    ])
      expect(all).toThrow(fault);
    expect(() => k6Input("signalling", {}, {})).toThrow(
      /--url\n.*\n +found +none\n +hint +The lab has no signalling server/,
    );
    expect(() => k6Input("signalling", { url: "https://example.org" }, {})).toThrow(/ws:\/\/ or wss:\/\//);
    const cloudflare = { url: "https://rtc.example.org", provider: "cloudflare" };
    expect(() => k6Input("ice-servers", cloudflare, { CLOUDFLARE_TURN_KEY_ID: "x" })).toThrow(
      /CLOUDFLARE_TURN_API_TOKEN/,
    );
    expect(
      k6Input("ice-servers", { ...cloudflare, env: ["CLOUDFLARE_TURN_API_TOKEN=y"] }, { CLOUDFLARE_TURN_KEY_ID: "x" })
        .provider,
    ).toBe("cloudflare");
  });
});

it.each([
  [NOW, [1, 6]],
  ["k6 v0.49.0 (2024-01-29T08:30:22+0000/v0.49.0-0-g4a8a7cc5, go1.21.6, linux/amd64)", [0, 49]],
  ["k6 2.2.0 (go1.25, linux/amd64)\nExtensions:\n  x v0.1.0", [2, 2]],
  ["k6 devel", null],
] as const)("reads the version in %s", (said, version) => {
  expect(versionIn(said)).toEqual(version);
});

it("compares versions by their numbers", () => {
  expect(isOlder([0, 9], [0, 57])).toBe(true);
  expect(isOlder([0, 57], [0, 57])).toBe(false);
  expect(isOlder([1, 0], [0, 57])).toBe(false);
  expect(isOlder([1, 10], [1, 6])).toBe(false);
});

it.each([
  "ice-servers",
  "signalling",
  "exchange",
  "ice-server-apis",
  "ice-server-list",
  "setting",
  "signalling-messages",
])("%s.ts has only types that can be erased, which is all that k6 does with them", (name) => {
  const source = readFileSync(join(ROOT, `scenarios/k6/${name}.ts`), "utf8");
  expect(() => stripTypeScriptTypes(source, { mode: "strip" })).not.toThrow();
  // k6 looks for a file by the name that it is told.
  for (const [, specifier] of source.matchAll(/from "([^"]+)"/g))
    expect(specifier).toMatch(/^k6($|\/)|^\.\/[a-z-]+\.ts$/);
});
