/**
 * Our client as a program of its own, with the commands and lines of the Java driver (`test/interop/java/Judge.java`),
 * so that a test can mix both in one group and kill either. A command is a file of its own: `consume` is
 * `commands/consume.ts`.
 */
import { Args } from './args.ts'

const [name = '', ...argv] = process.argv.slice(2)
if (!/^[a-z-]+$/.test(name)) throw new Error('Write a command, such as "consume".')
const command = (await import(`./commands/${name}.ts`)) as { run: (args: Args) => Promise<boolean> }
process.exitCode = (await command.run(new Args(argv))) ? 0 : 1
