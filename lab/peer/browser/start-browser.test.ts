import { expect, it } from "vitest";
import { versionIn } from "./start-browser.ts";

it("knows name and version in what a browser says of itself", () => {
  expect(versionIn("Chromium 156.0.8078.108 built on Debian GNU/Linux 12 (bookworm)\n")).toBe(
    "Chromium/156.0.8078.108",
  );
  expect(versionIn("Mozilla Firefox 153.8.0esr\n")).toBe("Firefox/153.8.0esr");
});
