import { expect, it } from "vitest";
import type { LabContext } from "./lab-context.ts";
import { withMaskedLog } from "./tell-config.ts";
import { parseConfig } from "./turn-config/parse-config.ts";
import { shownLines } from "./turn-config/secrets.ts";

it("hides what opens servers in what they say, whoever told them", () => {
  const said: string[] = [];
  const context = { log: (_scenario: string, _node: string, text: string) => void said.push(text) } as LabContext;
  const { log, mask } = withMaskedLog(context, {
    topology: { turnServers: { turn: { secrets: ["north"] } } },
    changes: [{ atMs: 1, server: "turn", secrets: ["north", "north-by-west"] }],
  });
  log("x", "turn", "static-auth-secret=north, north-by-west");
  expect(said).toEqual(["static-auth-secret=***, ***"]);
  expect(mask("north")).toBe("***");
});

it("shows what a turnserver.conf says, and nothing that opens it, however short it is", () => {
  const text = [
    "# static-auth-secret=in-a-comment",
    "listening-port=3478",
    "fingerprint",
    "user=alice:abc",
    "static-auth-secret=x9",
    "static-auth-secrt=misspelt-secret",
    "userdb=/var/lib/turn/turndb",
    "cli-password=long-secret-1",
    "realm=long-secret-1.example.org",
  ].join("\n");
  expect(shownLines(parseConfig(text))).toEqual([
    "listening-port=3478",
    "fingerprint",
    "user=alice:***",
    "static-auth-secret=***",
    "static-auth-secrt=***",
    "userdb=***",
    "cli-password=***",
    "realm=***.example.org",
  ]);
});
