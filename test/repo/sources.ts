import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's root. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

export interface SourceFile {
  /** From the root, `/` between names. */
  readonly path: string
  readonly text: string
  /** `src/<room>` and `decorators` are rooms; `src/index.ts` is the room `.`. */
  readonly room: string
}

/** All files below a folder whose names end so. */
export function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
}

/** The code that ships: everything in `src` and `decorators` but tests. */
export function sources(): SourceFile[] {
  return [...filesBelow('src', '.ts'), ...filesBelow('decorators', '.ts')]
    .filter((path) => !path.endsWith('.test.ts'))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8'), room: roomOf(path) }))
}

export function roomOf(path: string): string {
  if (path.startsWith('decorators/')) return 'decorators'
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? '.'
}

/** What a file imports or re-exports, with the line. Dynamic imports count. */
export function importsOf(file: SourceFile): { readonly from: string; readonly line: number }[] {
  const found = file.text.matchAll(/(?:^(?:import|export)\b[^'"`;]*?from\s*|^import\s*|\bimport\()\s*'([^']+)'/gm)
  return [...found].map((match) => ({
    from: match[1] as string,
    line: file.text.slice(0, (match.index ?? 0) + match[0].length).split('\n').length,
  }))
}
