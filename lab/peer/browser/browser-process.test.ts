import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { expect, it, vi } from "vitest";
import type { BrowserPlan } from "./browser-plan.ts";
import { BrowserProcess } from "./browser-process.ts";

/** A program with children of its own, one of them stopped, in place of a browser. */
function start(script: string, executable = "/bin/sh") {
  let profile = "";
  const plan = (folder: string): BrowserPlan => {
    profile = folder;
    const profileFiles = [{ name: "user.js", content: "preferences" }];
    return { executable, args: ["-c", script, "sh"], env: { SAID: "words" }, files: [], profileFiles };
  };
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const browser = BrowserProcess.start(plan, "http://localhost:1/");
  return { browser, profile };
}

it("starts it with its page, its environment and its profile, and keeps its last words", async () => {
  const { browser, profile } = start('echo "$SAID $1" >&2; echo two; exit 3');
  expect(readFileSync(`${profile}/user.js`, "utf8")).toBe("preferences");
  expect(await browser.ended).toBe("exit code 3");
  await vi.waitFor(() => expect(browser.lastText.split("\n").sort()).toEqual(["two", "words http://localhost:1/"]));
  await browser.kill();
  expect(existsSync(profile)).toBe(false);
});

it("ends every process of it, also one that is stopped or has lost its parent, and no other", async () => {
  const marks = ["7654.1", "7654.2"];
  const { browser } = start(`(sleep ${marks[0]} &) ; sleep ${marks[1]} & p=$!; sleep 0.1; kill -STOP $p; wait`);
  const running = () => execFileSync("ps", ["-eo", "stat,args"], { encoding: "utf8" }).split("\n");
  const ofIt = () =>
    running().filter((line) => marks.some((mark) => line.endsWith(`sleep ${mark}`)) && !/^Z/.test(line));
  await vi.waitFor(() =>
    expect(
      ofIt()
        .map((line) => line[0])
        .sort(),
    ).toEqual(["S", "T"]),
  );
  await browser.kill();
  expect(ofIt()).toEqual([]);
  expect(await browser.ended).toBe("SIGKILL");
});

it("says what cannot be run", async () => {
  const { browser } = start("", "/usr/lib/no-such-browser");
  expect(await browser.ended).toBe("spawn /usr/lib/no-such-browser ENOENT");
  await browser.kill();
});
