/**
 * `mqadmin --script FILE --namesrv A`: runs our mqadmin once per line, words divided by tabs, as the Java driver does.
 */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Args } from '../args.ts'
import { print } from '../out.ts'

const program = fileURLToPath(new URL('../../../../dist/mqadmin.js', import.meta.url))

export async function run(args: Args): Promise<boolean> {
  let commands = 0
  for (const line of readFileSync(args.text('script'), 'utf8').trimEnd().split('\n')) {
    const words = line.split('\t')
    const nameServer = words[0] === 'help' ? [] : ['-n', args.text('namesrv')]
    const printed = await output([...words, ...nameServer])
    print({ command: words.join(' '), printed })
    commands++
  }
  print({ done: { commands } })
  return true
}

/** Both streams one after the other: the Java tool prints its failures to standard output or error as it likes. */
function output(words: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...words], (_failure, stdout, stderr) => resolve(stdout + stderr))
  })
}
