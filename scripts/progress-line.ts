import { createLogUpdate } from "log-update";
import type { Screen } from "./screen.ts";

/** What goes on, on stderr: lines that stay, and, where somebody watches, one that updates below them. */
export class ProgressLine {
  readonly #screen: Screen;
  readonly #update = createLogUpdate(process.stderr);
  #isUpdating: boolean;
  #doing = "";

  constructor(screen: Screen) {
    this.#screen = screen;
    this.#isUpdating = screen.tty;
  }

  /** A line that stays. */
  line(text: string): void {
    if (this.#isUpdating) this.#update.clear();
    process.stderr.write(`${text}\n`);
    this.#draw();
  }

  /** What is being done from now on; a plain line where nobody watches. */
  step(doing: string): void {
    if (this.#screen.tty) this.doing(doing);
    else process.stderr.write(`${doing}\n`);
  }

  /** The same, told only where somebody watches. */
  doing(doing: string): void {
    this.#doing = doing;
    this.#draw();
  }

  /** Takes the updating line away and gives the cursor back. */
  end(): void {
    if (!this.#isUpdating) return;
    this.#isUpdating = false;
    this.#update.clear();
    this.#update.done();
  }

  #draw(): void {
    if (this.#isUpdating) this.#update(this.#doing.slice(0, this.#screen.width - 1));
  }
}
