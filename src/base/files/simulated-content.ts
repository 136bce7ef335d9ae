import type { Random } from '../random/index.ts'

const PAGE_BYTES = 4096

/** What a disk writes whole or not at all. */
const SECTOR_BYTES = 512

/** States of a page or length that are remembered since the last sync; of more, the older ones are forgotten. */
const STATES_MAX = 4

/** A page, or `undefined` for zeros, as it was from a change on. */
interface PageState {
  readonly order: number
  readonly bytes: Uint8Array | undefined
}

interface LengthState {
  readonly order: number
  readonly bytes: number
}

/** How much of what was not synced a loss of power leaves. */
export type Survival = 'nothing' | 'everything' | 'anything'

/** One of them by chance. */
export function anySurvival(random: Random): Survival {
  return (['nothing', 'everything', 'anything', 'anything'] as const)[random.below(4)] ?? 'anything'
}

/**
 * The content of a simulated file: what programs see, what is on the disk, and what may be there as well, since a disk
 * writes back whenever it likes. Pages are never changed, only replaced; a page that is missing reads as zeros.
 */
export class SimulatedContent {
  modifiedMs = 0
  #bytes = 0
  #pages = new Map<number, Uint8Array>()
  #durableBytes = 0
  #durable = new Map<number, Uint8Array>()
  /** States since the last sync; the last one is what programs see. */
  #dirty = new Map<number, PageState[]>()
  #lengths: LengthState[] = []
  #order = 0
  #syncedOrder = 0

  get bytes(): number {
    return this.#bytes
  }

  /** Bytes of the pages that were written to. */
  get allocatedBytes(): number {
    return this.#pages.size * PAGE_BYTES
  }

  read(into: Uint8Array, position: number): number {
    const count = Math.max(0, Math.min(into.length, this.#bytes - position))
    for (let done = 0; done < count; ) {
      const { page, at } = placeOf(position + done)
      const part = Math.min(PAGE_BYTES - at, count - done)
      const source = this.#pages.get(page)
      if (source === undefined) into.fill(0, done, done + part)
      else into.set(source.subarray(at, at + part), done)
      done += part
    }
    return count
  }

  /** `claim` is told the bytes of each page that is new, and throws when there is no room for it. */
  write(bytes: Uint8Array, position: number, claim: (bytes: number) => void): void {
    for (let done = 0; done < bytes.length; ) {
      const { page, at } = placeOf(position + done)
      const part = Math.min(PAGE_BYTES - at, bytes.length - done)
      const replaced = new Uint8Array(PAGE_BYTES)
      const before = this.#pages.get(page)
      if (before !== undefined) replaced.set(before)
      else claim(PAGE_BYTES)
      replaced.set(bytes.subarray(done, done + part), at)
      this.#setPage(page, replaced)
      done += part
    }
    this.#setLength(Math.max(this.#bytes, position + bytes.length))
  }

  setBytes(bytes: number): void {
    if (bytes < this.#bytes) {
      const { page: lastPage, at } = placeOf(bytes)
      for (const page of [...this.#pages.keys()]) if (page > lastPage) this.#setPage(page, undefined)
      const last = this.#pages.get(lastPage)
      if (last !== undefined) {
        const kept = new Uint8Array(PAGE_BYTES)
        kept.set(last.subarray(0, at))
        this.#setPage(lastPage, kept)
      }
    }
    this.#setLength(bytes)
  }

  /** Begins a sync; the answer ends it: what was there at the beginning is on the disk then. */
  beginSync(): () => void {
    const order = this.#order
    const bytes = this.#bytes
    const pages = new Map([...this.#dirty.keys()].map((page) => [page, this.#pages.get(page)]))
    return () => {
      if (order < this.#syncedOrder) return
      this.#syncedOrder = order
      this.#durableBytes = bytes
      for (const [page, content] of pages) {
        if (content === undefined) this.#durable.delete(page)
        else this.#durable.set(page, content)
        const later = this.#dirty.get(page)?.filter((state) => state.order > order) ?? []
        if (later.length === 0) this.#dirty.delete(page)
        else this.#dirty.set(page, later)
      }
      this.#lengths = this.#lengths.filter((state) => state.order > order)
    }
  }

  /** The same content with the same history. */
  copy(): SimulatedContent {
    const copy = new SimulatedContent()
    copy.modifiedMs = this.modifiedMs
    copy.#bytes = this.#bytes
    copy.#pages = new Map(this.#pages)
    copy.#durableBytes = this.#durableBytes
    copy.#durable = new Map(this.#durable)
    copy.#dirty = new Map([...this.#dirty].map(([page, states]) => [page, [...states]]))
    copy.#lengths = [...this.#lengths]
    copy.#order = this.#order
    copy.#syncedOrder = this.#syncedOrder
    return copy
  }

  /** What is left of it after a loss of power: of each sector, and of the length, any state since the last sync. */
  afterLoss(random: Random): SimulatedContent {
    const survival = anySurvival(random)
    const left = new SimulatedContent()
    left.modifiedMs = this.modifiedMs
    left.#bytes = chosen([this.#durableBytes, ...this.#lengths.map((state) => state.bytes)], survival, random)
    left.#pages = new Map(this.#durable)
    for (const [page, states] of this.#dirty) {
      const versions = [this.#durable.get(page), ...states.map((state) => state.bytes)]
      const mixed = new Uint8Array(PAGE_BYTES)
      for (let at = 0; at < PAGE_BYTES; at += SECTOR_BYTES) {
        const source = chosen(versions, survival, random)
        if (source !== undefined) mixed.set(source.subarray(at, at + SECTOR_BYTES), at)
      }
      left.#pages.set(page, mixed)
    }
    const { page: lastPage, at } = placeOf(left.#bytes)
    for (const [page, content] of left.#pages) {
      if (page > lastPage) left.#pages.delete(page)
      else if (page === lastPage) left.#pages.set(page, Uint8Array.from(content).fill(0, at))
    }
    left.#durableBytes = left.#bytes
    left.#durable = new Map(left.#pages)
    return left
  }

  #setPage(page: number, bytes: Uint8Array | undefined): void {
    if (bytes === undefined) this.#pages.delete(page)
    else this.#pages.set(page, bytes)
    const states = this.#dirty.get(page) ?? []
    states.push({ order: ++this.#order, bytes })
    if (states.length > STATES_MAX) states.shift()
    this.#dirty.set(page, states)
  }

  #setLength(bytes: number): void {
    this.#order++
    if (bytes === this.#bytes) return
    this.#bytes = bytes
    this.#lengths.push({ order: this.#order, bytes })
    if (this.#lengths.length > STATES_MAX) this.#lengths.shift()
  }
}

/** One of the states, the first of which is on the disk and the last is what programs see. */
function chosen<State>(states: readonly State[], survival: Survival, random: Random): State {
  const at = survival === 'nothing' ? 0 : survival === 'everything' ? states.length - 1 : random.below(states.length)
  return states[at] as State
}

function placeOf(position: number): { readonly page: number; readonly at: number } {
  return { page: Math.floor(position / PAGE_BYTES), at: position % PAGE_BYTES }
}
