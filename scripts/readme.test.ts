import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readProfile } from "../lab/gate/read-profile.ts";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";

const pages = globSync("{*.md,{docs,lab,docker,reports,scenarios,scripts}/**/*.md}", {
  cwd: PROJECT_ROOT,
  exclude: (path) => path.includes("node_modules") || path.includes("reports/runs"),
});
/** As GitHub makes an anchor of a heading. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
const text = (page: string) => readFileSync(join(PROJECT_ROOT, page), "utf8");

describe("documentation", () => {
  it("is found", () => expect(pages.length).toBeGreaterThan(10));

  it.each(pages)("%s links to files that exist", (page) => {
    const links = [...text(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target]) => target ?? "");
    expect(links.filter((target) => !existsSync(join(PROJECT_ROOT, dirname(page), target)))).toEqual([]);
  });

  it.each(pages)("%s links to headings that exist", (page) => {
    const links = [...text(page).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)].map(([, file = "", id = ""]) => {
      const target = file === "" ? page : join(dirname(page), file);
      return { target, id, headings: [...text(target).matchAll(/^#+ (.+)$/gm)].map(([, words = ""]) => anchor(words)) };
    });
    expect(
      links.filter(({ id, headings }) => !headings.includes(id)).map(({ target, id }) => `${target}#${id}`),
    ).toEqual([]);
  });

  it("shows a scenario that is the file itself", () => {
    expect(text("docs/scenarios.md")).toContain(text("scenarios/cgnat-mobile.ts"));
  });

  it("names every scenario of the default suite", () => {
    const files = globSync("*.ts", { cwd: join(PROJECT_ROOT, "scenarios") });
    const inSuite = files.filter((file) => /tags: \[.*"default"/.test(text(`scenarios/${file}`)));
    const names = inSuite.map((file) => file.replace(/\.ts$/, ""));
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) expect(text("docs/scenarios.md")).toContain(`\`${name}\``);
  });

  it("shows a profile that the gate takes", () => {
    const [, profile = ""] = /```json\n(.*?)```/s.exec(text("docs/gate.md")) ?? [];
    expect(readProfile({ text: profile })).toHaveProperty("given.networks");
  });

  it("names every room of lab", () => {
    const rooms = globSync("lab/*/README.md", { cwd: PROJECT_ROOT });
    for (const room of rooms) expect(text("README.md")).toContain(`(${room})`);
  });
});
