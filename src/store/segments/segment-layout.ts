import { join } from 'node:path'
import { isInUseMark } from './in-use-mark.ts'
import type { OpenFiles } from './open-files.ts'

/** Which files a folder holds. */
export interface SegmentLayout {
  readonly directory: string
  /** Length of every file. */
  readonly fileBytes: number
  /** Key that sets the length, for messages. */
  readonly setting: string
  /** True: the last stop was a crash, which may have left files shorter than that. Default false. */
  readonly afterCrash?: boolean
  /** Where files lie instead when there are several directories. */
  readonly places?: SegmentPlaces
}

/** Directories that the files of one sequence lie in. */
export interface SegmentPlaces {
  readonly all: readonly string[]
  /** Where file number `index`, counted from position 0, is made. */
  placeOf(index: number): string
  /** Whether the files of a directory are only read, as long as they are not the last. */
  isReadOnly(directory: string): boolean
}

/** The name of the file that begins at `start`. */
export function segmentName(start: number): string {
  return String(start).padStart(20, '0')
}

/** A file of a folder. */
export interface FoundSegment {
  readonly path: string
  readonly start: number
  readonly bytes: number
  readonly isLast: boolean
  /** What should be there instead, in words; `undefined`: it is in its place. */
  readonly expected: string | undefined
}

const NAME = /^\d{20}$/

/** The files of all directories, in the order of their names; marks of a user are none, see `in-use-mark.ts`. */
export function findSegments(layout: SegmentLayout, open: OpenFiles): FoundSegment[] {
  const { directory, places, setting, fileBytes } = layout
  const found = (places?.all ?? [directory])
    .flatMap((each) =>
      open.files.list(each).map(({ name, isDirectory }) => ({ name, isDirectory, path: join(each, name) })),
    )
    .filter(({ name, isDirectory }) => !isDirectory && !isInUseMark(name))
    .sort((left, right) => (left.name < right.name ? -1 : 1))
  return found.map(({ name, path }, index) => {
    const start = Number(name)
    const before = found[index - 1]
    let expected: string | undefined
    if (!NAME.test(name) || start % fileBytes !== 0)
      expected = `files named by 20 digits, multiples of ${setting} (${fileBytes})`
    else if (before?.name === name) expected = `one file of that name, and "${before.path}" is one`
    return { path, start, bytes: open.files.facts(path)?.bytes ?? 0, isLast: index === found.length - 1, expected }
  })
}
