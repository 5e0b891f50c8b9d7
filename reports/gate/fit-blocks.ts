import { plural } from "../render/format.ts";

/** A piece of a text: what opens it, what may be left out of it from the end, and what closes it. Without items and `open` it is none. */
export type Block = { open: string; items: string[]; close: string };

/** For the sentence that says how many items were left out. */
const REST_CHARACTERS = 80;

/**
 * Joins blocks with an empty line between them, in at most `limit` characters: the first come first, and what does not fit is
 * counted where it would have stood. A block whose items are all missing says so too.
 */
export function fitBlocks(blocks: readonly Block[], limit: number): string {
  const shown = blocks.filter(({ open, items, close }) => items.length > 0 || (close === "" && open !== ""));
  // What each has at least: then none of them can be pushed out by those before it.
  const least = ({ open, close }: Block) => open.length + close.length + REST_CHARACTERS + 4;
  let left = limit - shown.reduce((sum, block) => sum + least(block), 0);
  const texts = shown.map(({ open, items, close }) => {
    const kept: string[] = [];
    for (const item of items) {
      if (item.length + 1 > left) break;
      left -= item.length + 1;
      kept.push(item);
    }
    const missing = items.length - kept.length;
    const isTable = items[0]?.startsWith("| ") ?? false;
    const rest = missing === 0 ? [] : [`${isTable ? "\n" : "- "}… ${plural(missing, "more item")}: see gate.json`];
    return [open, ...kept, ...rest, close].filter((part) => part !== "").join("\n");
  });
  return `${texts.join("\n\n")}\n`;
}
