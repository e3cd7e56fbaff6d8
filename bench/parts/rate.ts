/** How fast some events were dealt with. */
export interface Rate {
  perSecond: number
  perCpuSecond: number
}

/** The rate at which `work` deals with so many events. */
export function measured(events: number, work: () => void): Rate {
  const [cpu, start] = [process.cpuUsage(), performance.now()]
  work()
  const seconds = (performance.now() - start) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  return { perSecond: events / seconds, perCpuSecond: events / ((user + system) / 1e6) }
}
