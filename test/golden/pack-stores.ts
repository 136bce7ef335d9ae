/**
 * Packs store directories of Apache's broker, each with its manifest, into one small file apiece;
 * `test/kit/golden-stores.ts` reads them. The archives (`<case>.tar.xz` of one folder, `<case>.manifest.json` where
 * there is one) were recorded from a broker 5.3.3. Needs GNU tar and xz.
 *
 *     node --import tsx test/golden/pack-stores.ts <folder of the archives>
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'

/** Zeros of at least this many bytes are left out. */
const HOLE_BYTES_MIN = 512

const [archives = ''] = process.argv.slice(2)
const target = join(import.meta.dirname, 'stores')

for (const archive of readdirSync(archives).filter((name) => name.endsWith('.tar.xz'))) {
  const name = basename(archive, '.tar.xz')
  const unpacked = mkdtempSync(join(tmpdir(), 'rocketstream-golden-'))
  try {
    execFileSync('tar', ['--sparse', '-xJf', join(archives, archive), '-C', unpacked])
    const root = join(unpacked, name)
    const files = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => ({ path: relative(root, path), bytes: statSync(path).size, extents: extentsOf(path) }))
    const manifestPath = join(archives, `${name}.manifest.json`)
    const manifest = existsSync(manifestPath) ? readFileSync(manifestPath, 'utf8') : null
    writeFileSync(join(target, `${name}.br`), compress(JSON.stringify({ files, manifest })))
  } finally {
    rmSync(unpacked, { recursive: true })
  }
}

/** The parts of a file that are not zeros: position and base64. */
function extentsOf(path: string): [position: number, content: string][] {
  const bytes = readFileSync(path)
  const extents: [number, string][] = []
  let start = -1
  let lastNonZero = -1
  for (let at = 0; at <= bytes.length; at++) {
    const isZero = at === bytes.length || bytes[at] === 0
    if (!isZero) {
      if (start < 0) start = at
      lastNonZero = at
    } else if (start >= 0 && (at === bytes.length || at - lastNonZero >= HOLE_BYTES_MIN)) {
      extents.push([start, bytes.toString('base64', start, lastNonZero + 1)])
      start = -1
    }
  }
  return extents
}

function compress(text: string): Buffer {
  const bytes = Buffer.from(text)
  return brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length, [constants.BROTLI_PARAM_LGWIN]: 24 },
  })
}
