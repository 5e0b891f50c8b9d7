import { readdirSync, statSync } from "node:fs";
import type { ThreadCounters } from "../../model/node-counters.ts";
import type { ProcFiles } from "./proc-file.ts";
import { Seldom } from "./seldom.ts";

type Lists = {
  /** Of the container's cgroup: its processes and its threads, one id a line, as this machine counts them. */
  processes: string;
  threads: string;
};

/** What the programs of one container do, thread by thread; its init, which only holds it, is left out. */
export class ContainerTasks {
  readonly #files: ProcFiles;
  readonly #lists: Lists;
  readonly #init: number;
  readonly #names = new Map<number, string>();
  readonly #open = new Map<number, Seldom<number>>();

  constructor(files: ProcFiles, init: number, lists: Lists) {
    this.#files = files;
    this.#init = init;
    this.#lists = lists;
  }

  /** Time on a CPU, in the order in which they began. */
  threads(): ThreadCounters[] {
    const ids = this.#ids(this.#lists.threads);
    for (const id of this.#names.keys()) if (!ids.includes(id)) this.#forget(id);
    return ids.flatMap((id) => this.#thread(id));
  }

  /** Of all its processes. */
  fileDescriptors(): number {
    const ids = this.#ids(this.#lists.processes);
    for (const id of this.#open.keys()) if (!ids.includes(id)) this.#open.delete(id);
    return ids.reduce((sum, id) => sum + this.#openOf(id), 0);
  }

  #ids(list: string): number[] {
    const ids = this.#files.text(list).split("\n").filter(Boolean).map(Number);
    return ids.filter((id) => id !== this.#init).toSorted((a, b) => a - b);
  }

  #thread(id: number): ThreadCounters[] {
    try {
      // Nanoseconds on a CPU are the first number (sched-stats); /proc/ID/stat has ticks of 10 ms only.
      const [nanoseconds = ""] = this.#files.text(schedstat(id)).split(" ");
      const name = this.#names.get(id) ?? this.#nameOf(id);
      return [{ id, name, cpuMicroseconds: Number(nanoseconds) / 1_000 }];
    } catch {
      this.#forget(id); // It has ended meanwhile.
      return [];
    }
  }

  #nameOf(id: number): string {
    const path = `/proc/${id}/comm`;
    const name = this.#files.text(path).trim();
    this.#files.forget(path);
    this.#names.set(id, name);
    return name;
  }

  #forget(id: number): void {
    this.#names.delete(id);
    this.#files.forget(schedstat(id));
  }

  #openOf(id: number): number {
    const open = this.#open.get(id) ?? new Seldom(() => countOpen(id));
    this.#open.set(id, open);
    try {
      return open.value();
    } catch {
      return 0; // As above.
    }
  }
}

const schedstat = (id: number) => `/proc/${id}/schedstat`;

/** Since 6.2 the folder's size says how many (proc_pid_fd(5)); before, all have to be listed, 12 ms for 16,384. */
function countOpen(id: number): number {
  const folder = `/proc/${id}/fd`;
  return statSync(folder).size || readdirSync(folder).length;
}
