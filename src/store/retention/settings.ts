import { booleanText, integerText, plainText, setting } from '../../base/config/index.ts'
import { z } from '../../base/schema/index.ts'

/** What leaves the store, when, and where the log lies, under Apache's keys. Apache: `MessageStoreConfig` (5.3.3). */
export interface RetentionConfig {
  readonly storePathCommitLog: string
  readonly readOnlyCommitLogStorePaths: string
  readonly fileReservedTime: number
  readonly deleteWhen: string
  readonly cleanResourceInterval: number
  readonly deleteFileBatchMax: number
  readonly deleteCommitLogFilesInterval: number
  readonly redeleteHangedFileInterval: number
  readonly diskMaxUsedSpaceRatio: number
  readonly diskSpaceCleanForciblyRatio: number
  readonly diskSpaceWarningLevelRatio: number
  readonly cleanFileForciblyEnable: boolean
}

const INT32_MAX = 2_147_483_647

/** Hours of a day, separated by `;`. */
const hoursText = z.string().transform((text, context): string => {
  const isHour = (part: string): boolean => /^\s*\d{1,2}\s*$/.test(part) && Number(part) < 24
  if (text.split(';').every(isHour)) return text
  context.addIssue('hours from 0 to 23, separated by ";", such as 04 or 02;14')
  return z.NEVER
})

/** Settings of what is deleted; part of the store's table. */
export const retentionSettings = {
  storePathCommitLog: setting(
    plainText,
    '',
    'Directories of the commit log, separated by ",": its files are laid on them in turn. Empty: `commitlog` below storePathRootDir.',
  ),
  readOnlyCommitLogStorePaths: setting(
    plainText,
    '',
    'Directories with commit log files, separated by ",", that are read and get no new files.',
  ),
  fileReservedTime: setting(
    integerText(0, INT32_MAX),
    72,
    'Hours after its last change from which a commit log file may be deleted, oldest first, never the newest.',
  ),
  deleteWhen: setting(hoursText, '04', 'Hours of the local day in which such files are deleted, separated by ";".'),
  cleanResourceInterval: setting(
    integerText(1, INT32_MAX),
    10_000,
    'Milliseconds between looks at the disk and for files to delete; the first comes after a minute.',
  ),
  deleteFileBatchMax: setting(integerText(1, INT32_MAX), 10, 'Commit log files deleted at one look, at most.'),
  deleteCommitLogFilesInterval: setting(
    integerText(0, INT32_MAX),
    100,
    'Milliseconds between two deletions of commit log files.',
  ),
  redeleteHangedFileInterval: setting(
    integerText(1, INT32_MAX),
    120_000,
    'Milliseconds after which a deletion that failed is tried again at any hour.',
  ),
  diskMaxUsedSpaceRatio: setting(
    integerText(0, 100),
    75,
    'Percent of the disk used beyond which files of that age are deleted at any hour; counts as 10 at least, 95 at most.',
  ),
  diskSpaceCleanForciblyRatio: setting(
    integerText(0, 100),
    85,
    'Percent beyond which the oldest files are deleted whatever their age; counts as 30 at least, 85 at most.',
  ),
  diskSpaceWarningLevelRatio: setting(
    integerText(0, 100),
    90,
    'Percent beyond which sends are refused, too, until less is used; counts as 35 at least, 90 at most.',
  ),
  cleanFileForciblyEnable: setting(
    booleanText,
    true,
    'Whether files may be deleted whatever their age when the disk is nearly full.',
  ),
} as const

/** The bounds that Apache's broker keeps three of the settings in, in percent. */
export function ratiosOf(config: RetentionConfig): {
  readonly clean: number
  readonly force: number
  readonly refuse: number
} {
  const within = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most)
  return {
    clean: within(config.diskMaxUsedSpaceRatio, 10, 95),
    force: within(config.diskSpaceCleanForciblyRatio, 30, 85),
    refuse: within(config.diskSpaceWarningLevelRatio, 35, 90),
  }
}
