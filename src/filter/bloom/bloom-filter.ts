import { murmur64 } from './murmur.ts'

/** Which bits of a bit map stand for one consumer group in one topic. Apache: `BloomFilterData`. */
export interface BloomBits {
  /** Bits of the whole map. */
  readonly bitNum: number
  readonly bitPos: readonly number[]
}

/** The shape of the bit maps of a broker: bits of a map, and bits per group. Apache: `BloomFilter` (5.3.3). */
export class BloomFilter {
  readonly bits: number
  readonly hashes: number

  /**
   * @param errorPercent  how often a group may be taken for another one, 1 to 99
   * @param groups  groups that are expected to filter a topic
   */
  constructor(errorPercent: number, groups: number) {
    const error = errorPercent / 100
    this.hashes = Math.ceil(Math.log(error) / Math.log(0.5))
    const least = Math.ceil(groups * (Math.log(1 / error) / Math.log(2)) * (1 / Math.log(2)))
    this.bits = 8 * Math.ceil(least / 8)
  }

  /** The bits of a group in a topic: the hash's halves give as many positions as are needed. */
  bitsOf(group: string, topic: string): BloomBits {
    const hash = murmur64(Buffer.from(`${group}#${topic}`))
    const low = Number(BigInt.asIntN(32, hash))
    const high = Number(BigInt.asIntN(32, hash >> 32n))
    const bitPos = Array.from({ length: this.hashes }, (_, index) => {
      const mixed = (low + Math.imul(index + 1, high)) | 0
      return (mixed < 0 ? ~mixed : mixed) % this.bits
    })
    return { bitNum: this.bits, bitPos }
  }

  /** An empty bit map. */
  emptyMap(): Buffer {
    return Buffer.alloc(this.bits / 8)
  }

  /** Whether these bits were made with the same numbers. */
  owns(data: BloomBits): boolean {
    return data.bitNum === this.bits && data.bitPos.length === this.hashes
  }
}

/**
 * Sets the bits of a group; the lowest bit of a byte is the first. Apache: `BitsArray`, `BloomFilter.hashTo` (5.3.3).
 */
export function setBits(map: Buffer, { bitPos }: BloomBits): void {
  for (const position of bitPos) map[position >> 3] = (map[position >> 3] ?? 0) | (1 << (position & 7))
}

/** Whether a bit map has all bits of a group; true when it is of another shape, since then it says nothing. */
export function hasBits(map: Buffer, { bitNum, bitPos }: BloomBits): boolean {
  if (map.length * 8 !== bitNum) return true
  return bitPos.every((position) => ((map[position >> 3] ?? 0) & (1 << (position & 7))) !== 0)
}
