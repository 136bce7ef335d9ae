import { regionOf, severityOf } from './severity.ts'

export interface Quake {
  readonly id: string
  readonly time: number
  readonly mag: number
  readonly place: string
}

/** What one window of time held of one region. */
export interface Alert {
  readonly region: string
  /** Quakes of magnitude 5 and more. */
  readonly strong: number
  readonly strongest: number
}

/** Keeps count of what was sent and seen, and checks at the end that all of it was right. */
export class Proof {
  readonly #startedMs = performance.now()
  readonly #sent = new Set<string>()
  readonly #seen = {
    all: new Map<string, number>(),
    strong: new Map<string, number>(),
    regional: new Map<string, number>(),
  }
  readonly #byRegion = new Map<string, number>()
  #wrong = 0
  #alerts = 0
  #alertedQuakes = 0
  #readyMs = 0
  #doneMs = 0

  ready(): void {
    this.#readyMs = performance.now()
  }

  sent(quake: Quake): void {
    this.#sent.add(quake.id)
  }

  /** Notes a quake at a listener; `right` says whether it arrived as it was sent. */
  seen(listener: 'all' | 'strong' | 'regional', id: string, right: boolean): void {
    if (!right) this.#wrong++
    this.#seen[listener].set(id, (this.#seen[listener].get(id) ?? 0) + 1)
  }

  /** Adds a window of time to the table, and gives what it held per region. */
  window(quakes: readonly Quake[]): Alert[] {
    const regions = byRegion(quakes)
    return [...regions].map(([region, inRegion]) => {
      this.#byRegion.set(region, (this.#byRegion.get(region) ?? 0) + inRegion.length)
      const strong = inRegion.filter((quake) => quake.mag >= 5).length
      return { region, strong, strongest: Math.max(...inRegion.map((quake) => quake.mag)) }
    })
  }

  alerted(alert: Alert): void {
    this.#alerts++
    this.#alertedQuakes += alert.strong
  }

  progress(total: number): void {
    const { all, strong } = this.#seen
    process.stdout.write(
      `sent ${this.#sent.size} of ${total}, seen ${all.size}, strong ${strong.size}, alerts ${this.#alerts}\n`,
    )
  }

  /** Resolves when everything has arrived, or the time is over. */
  async complete(quakes: readonly Quake[], withinMs: number): Promise<void> {
    const untilMs = performance.now() + withinMs
    while (this.#missing(quakes).length > 0 && performance.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    this.#doneMs = performance.now()
  }

  /** Prints what was proved; sets the exit code to 1 unless all of it holds. */
  print(quakes: readonly Quake[]): void {
    const { all, strong, regional } = this.#seen
    const regions = [...this.#byRegion].sort((left, right) => right[1] - left[1])
    const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`
    const lines = [
      '',
      `sent      ${this.#sent.size}`,
      `all       ${all.size}`,
      `strong    ${strong.size}  (tags major || great)`,
      `regional  ${regional.size} in ${regions.length} regions: ${regions
        .slice(0, 5)
        .map(([name, count]) => `${name} ${count}`)
        .join(', ')} …`,
      `alerts    ${this.#alerts} for ${this.#alertedQuakes} quakes of magnitude 5 and more`,
      `time      ${seconds(this.#readyMs - this.#startedMs)} to start, ${seconds(this.#doneMs - this.#readyMs)} from first send to last alert`,
    ]
    const missing = this.#missing(quakes)
    lines.push(
      missing.length === 0
        ? 'every quake arrived exactly once wherever it belongs'
        : `NOT RIGHT: ${missing.join('; ')}`,
    )
    process.stdout.write(`${lines.join('\n')}\n`)
    if (missing.length > 0) process.exitCode = 1
  }

  #missing(quakes: readonly Quake[]): string[] {
    const strong = quakes.filter((quake) => ['major', 'great'].includes(severityOf(quake.mag)))
    const regions = byRegion(quakes)
    const wrongRegions = [...regions].filter(([region, inRegion]) => this.#byRegion.get(region) !== inRegion.length)
    const { all, strong: seenStrong, regional } = this.#seen
    return [
      fault('sent', this.#sent.size, quakes.length),
      ...exactlyOnce('all', all, quakes),
      ...exactlyOnce('strong', seenStrong, strong),
      ...exactlyOnce('regional', regional, quakes),
      fault('regions with a wrong count', wrongRegions.length, 0),
      fault('quakes in alerts', this.#alertedQuakes, strong.length),
      fault('messages that arrived changed', this.#wrong, 0),
    ].filter((text) => text !== '')
  }
}

function exactlyOnce(listener: string, seen: ReadonlyMap<string, number>, expected: readonly Quake[]): string[] {
  const count = (times: (found: number) => boolean): number =>
    expected.filter((quake) => times(seen.get(quake.id) ?? 0)).length
  return [
    fault(
      `missing at ${listener}`,
      count((found) => found === 0),
      0,
    ),
    fault(
      `repeated at ${listener}`,
      count((found) => found > 1),
      0,
    ),
    fault(`seen at ${listener}`, seen.size, expected.length),
  ]
}

function fault(what: string, found: number, expected: number): string {
  return found === expected ? '' : `${what} ${found} instead of ${expected}`
}

function byRegion(quakes: readonly Quake[]): Map<string, Quake[]> {
  const regions = new Map<string, Quake[]>()
  for (const quake of quakes) {
    const region = regionOf(quake.place)
    regions.set(region, [...(regions.get(region) ?? []), quake])
  }
  return regions
}
