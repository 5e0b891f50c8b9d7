import { createLogUpdate } from "log-update";
import type { Screen } from "./screen.ts";

/** As often as a screen is drawn again at the most. */
const REDRAW_MS = 100;

/**
 * What goes on, on stderr: lines that stay, and, where somebody watches, some that update below them. Where nobody does (a
 * file, a CI's log) every line has its time, in UTC.
 */
export class ProgressLine {
  readonly screen: Screen;
  readonly #update = createLogUpdate(process.stderr);
  #isUpdating: boolean;
  #doing: readonly string[] = [];
  #redraw: NodeJS.Timeout | null = null;

  constructor(screen: Screen) {
    this.screen = screen;
    this.#isUpdating = screen.tty;
  }

  /** A line that stays. */
  line(text: string): void {
    if (!this.screen.tty) {
      const time = `${new Date().toISOString().slice(0, 19)}Z`;
      process.stderr.write(text.replace(/^(?!$)/gm, `${time} `).concat("\n"));
      return;
    }
    if (this.#isUpdating) this.#update.clear();
    process.stderr.write(`${text}\n`);
    this.#draw();
  }

  /** What is being done from now on; a plain line where nobody watches. */
  step(doing: string): void {
    if (this.screen.tty) this.doing(doing);
    else this.line(doing);
  }

  /** The same, told only where somebody watches; a line for each. */
  doing(...lines: string[]): void {
    this.#doing = lines;
    if (!this.#isUpdating || this.#redraw) return;
    this.#redraw = setTimeout(() => this.#draw(), REDRAW_MS).unref();
  }

  /** Takes the updating lines away and gives the cursor back. */
  end(): void {
    if (!this.#isUpdating) return;
    this.#isUpdating = false;
    if (this.#redraw) clearTimeout(this.#redraw);
    this.#update.clear();
    this.#update.done();
  }

  #draw(): void {
    if (this.#redraw) clearTimeout(this.#redraw);
    this.#redraw = null;
    if (!this.#isUpdating) return;
    const width = (process.stderr.columns || this.screen.width) - 1;
    this.#update(this.#doing.map((line) => line.slice(0, width)).join("\n"));
  }
}
