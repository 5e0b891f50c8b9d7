/** How busy the thread that asks is, since it last did. */
export class ThreadLoad {
  #cpu = process.threadCpuUsage();
  #loop = performance.eventLoopUtilization();

  /**
   * `cpuPercent`: CPU that the thread took; at 100 it can do no more. `waitPercent`: what its event loop was at work beyond that. A loop waits
   * for nothing but a core then: another process's, a quota's or a hypervisor's doing.
   */
  take(): { cpuPercent: number; waitPercent: number } {
    const cpu = process.threadCpuUsage(this.#cpu);
    const loop = performance.eventLoopUtilization(this.#loop);
    this.#cpu = process.threadCpuUsage();
    this.#loop = performance.eventLoopUtilization();
    const cpuMs = (cpu.user + cpu.system) / 1_000;
    const ms = loop.active + loop.idle;
    if (ms <= 0) return { cpuPercent: 0, waitPercent: 0 };
    return { cpuPercent: (100 * cpuMs) / ms, waitPercent: (100 * Math.max(0, loop.active - cpuMs)) / ms };
  }
}
