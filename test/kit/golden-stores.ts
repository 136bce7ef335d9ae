import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import type { Files } from '../../src/base/files/index.ts'

/**
 * A store directory that Apache’s broker 5.3.3 left; what each went through is told in `test/golden/stores/README.md`.
 */
export type GoldenName =
  | 'a-clean'
  | 'b-kill9'
  | 'c-small-files'
  | 'd1-zeroed-tail'
  | 'd2-bit-flip'
  | 'd3-short-file'
  | 'd4-empty-next-file'
  | 'd5-lost-consume-queues'
  | 'd6-no-checkpoint'
  | 'd7-garbage-tail'
  | 'e-autoswitch-master'
  | 'e-ha-master'
  | 'e-ha-slave'
  | 'f-ipv6'
  | 'g-lmq-cqext'

interface Packed {
  readonly files: readonly {
    readonly path: string
    readonly bytes: number
    readonly extents: readonly (readonly [position: number, content: string])[]
  }[]
  readonly manifest: string | null
}

/** Writes the directory below `root`, at once; sparse files stay sparse. */
export function writeGoldenStore(name: GoldenName, files: Files, root: string): void {
  for (const { path, bytes, extents } of unpack(name).files) {
    files.makeDirectory(dirname(join(root, path)))
    const file = files.open(join(root, path), { create: true })
    if (bytes > 0) file.setBytes(bytes)
    for (const [position, content] of extents) file.writeSync(Buffer.from(content, 'base64'), position)
    file.close()
  }
}

/**
 * What must be found in the directory, computed by an independent reader and confirmed by Apache’s broker. Integers of
 * 16 and more digits, which a number may not hold, are strings.
 */
export function goldenManifest(name: GoldenName): unknown {
  const { manifest } = unpack(name)
  return manifest === null ? undefined : JSON.parse(manifest.replace(/([:[,]\s*)(-?\d{16,})(?=\s*[,\]}])/g, '$1"$2"'))
}

const unpacked = new Map<GoldenName, Packed>()

function unpack(name: GoldenName): Packed {
  let content = unpacked.get(name)
  if (content === undefined) {
    const packed = readFileSync(join(import.meta.dirname, '../golden/stores', `${name}.br`))
    content = JSON.parse(brotliDecompressSync(packed).toString()) as Packed
    unpacked.set(name, content)
  }
  return content
}
