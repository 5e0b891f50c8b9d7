import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unknownIn } from "../prometheus/test-promql.ts";
import { dashboard, QUERIES } from "./dashboard.ts";

describe("the dashboard", () => {
  it("is in dashboard.json", async () => {
    const text = `${JSON.stringify(dashboard(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(join(import.meta.dirname, "dashboard.json"));
  });

  it.each(QUERIES.map(({ panel, expr }) => [panel, expr]))("%s asks for what is exported: %s", (_, expr) => {
    expect(unknownIn(expr, [])).toEqual([]);
  });

  it("has no panel over another, in 24 columns, each with an id of its own", () => {
    const { panels } = dashboard();
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });

  it("uses no variable that it does not have", () => {
    const { templating, ...rest } = dashboard();
    const known = templating.list.map(({ name }) => name);
    const used = [...JSON.stringify(rest).matchAll(/\$(\w+)/g)].map(([, name]) => name);
    expect([...new Set(used)].filter((name) => name !== "__rate_interval").sort()).toEqual(known.sort());
  });
});
