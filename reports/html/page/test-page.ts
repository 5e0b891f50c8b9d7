import { load } from "cheerio";
import { expect } from "vitest";

/** For tests only. A page's words and structure, without its look: charts are their sentence, a line each for what stands apart. */
export function wordsOf(html: string): string {
  const page = load(html);
  for (const drawing of page("svg").toArray()) page(drawing).replaceWith(`[chart] ${page(drawing).attr("aria-label")}`);
  page("h1, h2, h3, p, li, tr, summary, figure, caption, dt, dd, .lines > span").prepend("\n").append("\n");
  page("h1").prepend("# ");
  page("h2").prepend("## ");
  page("h3").prepend("### ");
  page("li").prepend("- ");
  page("td, th").prepend(" | ");
  page("style, script").remove();
  const lines = page("body")
    .text()
    .split("\n")
    .map((line) => line.trimEnd().replace(/^ \| /, "| "));
  return `${lines.filter((line) => line.trim() !== "").join("\n")}\n`;
}

/** Nothing in it is loaded from anywhere; below 1 MB; links lead to what is there, and no id is there twice. */
export function expectOneFile(html: string): void {
  const page = load(html);
  const places = page("[src], [href]")
    .toArray()
    .map((one) => page(one).attr("src") ?? page(one).attr("href") ?? "");
  const ids = page("[id]")
    .toArray()
    .map((one) => page(one).attr("id"));
  expect(places.filter((place) => place !== "data:," && !ids.includes(place.slice(1)))).toEqual([]);
  expect(ids.length).toBe(new Set(ids).size);
  expect(html).not.toMatch(/@import|url\((?!#)|<iframe|<object/);
  expect(page('meta[http-equiv="Content-Security-Policy"]').attr("content")).toContain("default-src 'none'");
  expect(page("script")).toHaveLength(1);
  expect(html.length).toBeLessThan(1_000_000);
  expect(html).toMatch(/[^\n]\n$/);
}
