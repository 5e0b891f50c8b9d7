import { describe, expect, it } from "vitest";
import { EditError, editConfig, linesOf } from "./edit-config.ts";

const TEXT = "# top\nrealm=a\n\nuser=x:1\nuser=y:2\nfingerprint\n";

describe("editConfig", () => {
  it.each([
    ["replaces by option", [{ replace: "realm", with: "realm = b" }], TEXT.replace("realm=a", "realm = b")],
    ["removes a whole line", [{ remove: "user=x:1" }], TEXT.replace("user=x:1\n", "")],
    ["removes every line of an option", [{ removeAll: "user" }], "# top\nrealm=a\n\nfingerprint\n"],
    ["adds behind a line", [{ add: "b\nc", after: "realm" }], TEXT.replace("realm=a\n", "realm=a\nb\nc\n")],
    ["adds at the end", [{ add: "no-cli" }], `${TEXT}no-cli\n`],
    ["swaps two lines", [{ swap: ["realm", "user=y:2"] }], "# top\nuser=y:2\n\nuser=x:1\nrealm=a\nfingerprint\n"],
    ["ends lines as Windows does", [{ lineEndings: "crlf" as const }], TEXT.replaceAll("\n", "\r\n")],
    ["takes another text", [{ text: "no-auth\n" }], "no-auth\n"],
    [
      "makes edits one after the other",
      [{ remove: "realm" }, { add: "realm=c" }],
      `${TEXT.replace("realm=a\n", "")}realm=c\n`,
    ],
  ] as const)("%s", (_, edits, wanted) => {
    expect(editConfig(TEXT, edits)).toBe(wanted);
  });

  it("refuses a line that is not there, or there twice: the edit would not be the one that was meant", () => {
    expect(() => editConfig(TEXT, [{ remove: "cert" }])).toThrow(new EditError('expected the line "cert", found none'));
    expect(() => editConfig(TEXT, [{ remove: "user" }])).toThrow(new EditError('expected one line "user", found 2'));
    expect(() => editConfig(TEXT, [{ removeAll: "cert" }])).toThrow(EditError);
    expect(() => editConfig("# realm=a\n", [{ remove: "realm" }])).toThrow(EditError);
  });
});

describe("linesOf", () => {
  it("prefers whole lines to options of that name", () => {
    expect(linesOf(TEXT, "user")).toEqual([4, 5]);
    expect(linesOf(TEXT, "user=y:2")).toEqual([5]);
    expect(linesOf(`${TEXT}realm\n`, "realm")).toEqual([7]);
  });
});
