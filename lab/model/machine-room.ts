/** What the engine's machine has for the processes of a lab. */
export type MachineRoom = {
  memoryBytes: number;
  /** RLIMIT_NOFILE, the hard one, of a container that asks for none: Node and coturn both raise themselves to it. */
  fileDescriptors: number;
  /** Flows that connection tracking keeps in any one namespace (nf_conntrack_max); null where the kernel has none loaded yet. */
  connections: number | null;
};
