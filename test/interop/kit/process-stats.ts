import { readFileSync } from 'node:fs'

/** Linux counts CPU time in ticks of 1/100 s (`getconf CLK_TCK`). */
const MS_PER_TICK = 10

/** CPU time a process has used so far, user and system, in milliseconds (steps of 10). */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  // The name, field 2, may hold blanks: count from its closing parenthesis. utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK
}

/** Private memory of a process in KiB: resident pages that no file backs. Mapped log files do not count. */
export function rssAnonKb(pid: number): number {
  const found = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))
  if (found === null) throw new Error(`/proc/${pid}/status has no RssAnon.`)
  return Number(found[1])
}

/** CPU time the whole machine has spent working so far, in milliseconds: all cores, all programs and the kernel. */
export function cpuMsOfMachine(): number {
  const total = readFileSync('/proc/stat', 'latin1').split('\n', 1)[0]?.trim().split(/\s+/).map(Number) ?? []
  // cpu user nice system idle iowait irq softirq steal: a core given to another virtual machine is not ours to use.
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = total
  return (user + nice + system + irq + softirq + steal) * MS_PER_TICK
}
