import { closeSync, openSync, readSync } from "node:fs";

/** /proc/net/udp has 128 bytes a socket, and a relay range 16,384 of them. */
const TABLE_BYTES = 4 << 20;
const buffer = Buffer.alloc(TABLE_BYTES);

/** Files of /proc and of cgroups that are read again and again: each is opened once. Throws as `fs` does. */
export class ProcFiles {
  readonly #files = new Map<string, number>();

  text(path: string): string {
    let fd = this.#files.get(path);
    if (fd === undefined) {
      fd = openSync(path, "r");
      this.#files.set(path, fd);
    }
    let length = 0;
    for (;;) {
      // /proc gives at most a page or so per read: go on until it is empty.
      const got = readSync(fd, buffer, length, buffer.length - length, length);
      if (got === 0) break;
      length += got;
    }
    return buffer.toString("latin1", 0, length);
  }

  /** Whoever it was of has ended. */
  forget(path: string): void {
    const fd = this.#files.get(path);
    this.#files.delete(path);
    if (fd !== undefined) closeSync(fd);
  }

  close(): void {
    for (const fd of this.#files.values()) closeSync(fd);
    this.#files.clear();
  }
}
