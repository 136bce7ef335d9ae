/** Prints one line of a driver. */
export function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
