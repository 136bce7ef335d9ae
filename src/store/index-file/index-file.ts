// Hot path: an entry for every key of every message.

import { dirname } from 'node:path'
import { viewOf, writeInt64 } from '../../base/bytes/index.ts'
import { textOf } from '../../base/errors/index.ts'
import type { OpenFile } from '../../base/files/index.ts'
import { storeErrors } from '../errors.ts'
import type { OpenFiles, StoreFile } from '../segments/open-files.ts'
import {
  entryPosition,
  INDEX_ENTRY,
  INDEX_ENTRY_BYTES,
  INDEX_HEADER,
  INDEX_HEADER_BYTES,
  type IndexLayout,
  indexFileBytes,
  SLOT_BYTES,
} from './layout.ts'
import { Slots } from './slots.ts'

/** Bytes of new entries that are written without waiting for a flush. */
const TAIL_BYTES = 64 * 1024

/** Bytes of new entries held while the disk refuses them. */
const TAIL_BYTES_MAX = 4 * 1024 * 1024

const INT32_MAX = 0x7fff_ffff

const TWO_32 = 0x1_0000_0000

const NO_BYTES = Buffer.alloc(0)

/** What a file's header says. */
export interface IndexHeader {
  beginTimestamp: number
  endTimestamp: number
  beginOffset: number
  endOffset: number
  slotsUsed: number
  /** Number of the next entry; the first one is 1. */
  next: number
}

/**
 * One index file: a header, slots, and entries that are chained from the newest of a slot to the oldest. New entries
 * gather in memory; the header that counts them is written when they are on the disk, so what it counts is there after
 * any crash. The slots follow at the end (see {@link Slots}). Apache: `IndexFile` (5.3.3), which maps the file into
 * memory.
 */
export class IndexFile {
  readonly path: string
  readonly header: IndexHeader
  readonly #layout: IndexLayout
  readonly #open: OpenFiles
  readonly #file: StoreFile
  /** Present while entries are added. */
  #slots: Slots | undefined
  /** Entries `[#written, header.next)`. */
  #tail: Buffer = NO_BYTES
  #view = viewOf(NO_BYTES)
  /** Entries below this are in the file. */
  #written: number
  readonly #slotCount: number
  #isDirty = false
  #isRemoved = false

  constructor(path: string, header: IndexHeader, layout: IndexLayout, open: OpenFiles) {
    this.path = path
    this.header = header
    this.#layout = layout
    this.#slotCount = layout.slots
    this.#open = open
    this.#file = { path, open: undefined }
    this.#written = header.next
  }

  get isFull(): boolean {
    return this.header.next >= this.#layout.entries
  }

  /** Number of the first entry that only memory holds. */
  get written(): number {
    return this.#written
  }

  /** Whether the file says everything that is known here. */
  get isFinished(): boolean {
    return this.#slots === undefined && !this.#isDirty
  }

  /** Adds an entry; the file must not be full. */
  put(hash: number, physicalOffset: number, storeTimestamp: number): void {
    const { header } = this
    const slots = this.#slots ?? this.#loadSlots()
    const slot = hash % this.#slotCount
    const previous = this.#checked(slots.get(slot))
    if (this.#tailEnd + INDEX_ENTRY_BYTES > this.#tail.length) this.#makeRoom()
    const view = this.#view
    const at = this.#tailEnd
    const high = Math.floor(physicalOffset / TWO_32)
    view.setInt32(at, hash)
    view.setInt32(at + INDEX_ENTRY.physicalOffset, high)
    view.setUint32(at + INDEX_ENTRY.physicalOffset + 4, physicalOffset - high * TWO_32)
    view.setInt32(at + INDEX_ENTRY.seconds, secondsSince(header.beginTimestamp, storeTimestamp))
    view.setInt32(at + INDEX_ENTRY.previous, previous)
    slots.set(slot, header.next)
    if (header.next <= 1) {
      header.beginOffset = physicalOffset
      header.beginTimestamp = storeTimestamp
    }
    if (previous === 0) header.slotsUsed++
    header.next++
    header.endOffset = physicalOffset
    header.endTimestamp = storeTimestamp
    this.#isDirty = true
  }

  /** Brings the new entries to the file; a failure leaves them in memory for the next try. */
  writeEntries(): void {
    const bytes = (this.header.next - this.#written) * INDEX_ENTRY_BYTES
    if (bytes === 0) return
    this.#use().writeSync(this.#tail.subarray(0, bytes), entryPosition(this.#layout, this.#written))
    this.#written = this.header.next
  }

  /** Resolves when all entries are on the disk, with a header that counts them. */
  async sync(): Promise<void> {
    if (!this.#isDirty) return
    this.writeEntries()
    const header = this.#headerBytes()
    this.#isDirty = false
    try {
      await this.#use().datasync()
      this.#use().writeSync(header, 0)
    } catch (failure) {
      this.#isDirty = true
      throw failure
    }
  }

  /** Brings all but the header to the file, and gives the memory of the slots back; {@link sync} completes it. */
  settle(): void {
    this.writeEntries()
    this.#slots?.write(this.#use())
    this.#slots = undefined
    this.#tail = NO_BYTES
  }

  /** Brings all of it to the file. */
  finish(): void {
    this.settle()
    this.#use().writeSync(this.#headerBytes(), 0)
    this.#isDirty = false
  }

  /** Resolves when everything written before is on the disk. */
  datasync(): Promise<void> {
    return this.#use().datasync()
  }

  /** Number of the slot's newest entry, 0 for none. */
  async newestEntry(slot: number): Promise<number> {
    if (this.#slots !== undefined) return this.#newestOf(slot)
    const bytes = Buffer.allocUnsafe(SLOT_BYTES)
    const read = await this.#read(bytes, INDEX_HEADER_BYTES + slot * SLOT_BYTES)
    return read < SLOT_BYTES ? 0 : this.#checked(bytes.readInt32BE(0))
  }

  /** Fills `into` with the entries from number `first` on; resolves to how many they are. */
  async readEntries(into: Buffer, first: number): Promise<number> {
    if (first >= this.#written) {
      const from = (first - this.#written) * INDEX_ENTRY_BYTES
      return Math.floor(this.#tail.copy(into, 0, from, this.#tailEnd) / INDEX_ENTRY_BYTES)
    }
    const part = into.subarray(0, Math.min(into.length, (this.#written - first) * INDEX_ENTRY_BYTES))
    return Math.floor((await this.#read(part, entryPosition(this.#layout, first))) / INDEX_ENTRY_BYTES)
  }

  /** Takes over what its entries say; see `restoreIndexFile`. Entries behind `header.next` do not count any more. */
  replace(header: IndexHeader, slots: Slots): void {
    Object.assign(this.header, header)
    this.#written = header.next
    this.#tail = NO_BYTES
    slots.compare(this.#use())
    this.#slots = slots
    this.#isDirty = true
  }

  /** Closes and removes the file. */
  remove(): void {
    this.#open.files.remove(this.path)
    this.#open.names.changed(dirname(this.path))
    this.#isRemoved = true
    this.#open.release(this.#file)
  }

  #use(): OpenFile {
    return this.#open.use(this.#file, indexFileBytes(this.#layout))
  }

  /** Who still looks for something in a file that is being removed finds nothing. */
  #read(into: Buffer, position: number): Promise<number> {
    return this.#open.reading(() => this.#readNow(into, position))
  }

  async #readNow(into: Buffer, position: number): Promise<number> {
    if (this.#isRemoved) return 0
    try {
      return await this.#open.use(this.#file).read(into, position)
    } catch (failure) {
      throw storeErrors.RMQ_STORE_READ_FAILED({ path: this.path, reason: textOf(failure) }, failure)
    }
  }

  #loadSlots(): Slots {
    const slots = new Slots(this.#layout.slots)
    slots.load(this.#use())
    this.#slots = slots
    return slots
  }

  #newestOf(slot: number): number {
    return this.#checked(this.#slots?.get(slot) ?? 0)
  }

  /** A slot may hold the number of an entry that the header does not count. */
  #checked(entry: number): number {
    return entry > 0 && entry < this.header.next ? entry : 0
  }

  /** Writes when enough has gathered. Else, or when the disk refuses, the tail becomes larger, up to a limit. */
  #makeRoom(): void {
    if (this.#tail.length >= TAIL_BYTES) {
      try {
        this.writeEntries()
        return
      } catch (failure) {
        if (this.#tail.length >= TAIL_BYTES_MAX) throw failure
      }
    }
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#tail.length * 4, TAIL_BYTES / 64))
    this.#tail.copy(larger)
    this.#tail = larger
    this.#view = viewOf(larger)
  }

  get #tailEnd(): number {
    return (this.header.next - this.#written) * INDEX_ENTRY_BYTES
  }

  #headerBytes(): Buffer {
    const { header } = this
    const bytes = Buffer.alloc(INDEX_HEADER_BYTES)
    writeInt64(bytes, header.beginTimestamp, INDEX_HEADER.beginTimestamp)
    writeInt64(bytes, header.endTimestamp, INDEX_HEADER.endTimestamp)
    writeInt64(bytes, header.beginOffset, INDEX_HEADER.beginOffset)
    writeInt64(bytes, header.endOffset, INDEX_HEADER.endOffset)
    bytes.writeInt32BE(header.slotsUsed, INDEX_HEADER.slotsUsed)
    bytes.writeInt32BE(header.next, INDEX_HEADER.next)
    return bytes
  }
}

/** Whole seconds from the file's first entry on, counted before the entry that is being added. */
function secondsSince(beginTimestamp: number, storeTimestamp: number): number {
  if (beginTimestamp <= 0 || storeTimestamp <= beginTimestamp) return 0
  return Math.min(Math.floor((storeTimestamp - beginTimestamp) / 1000), INT32_MAX)
}
