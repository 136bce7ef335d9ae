/** Command line of the form `--name value` or `--flag`, as `test/interop/java/Args.java` reads it. */
export class Args {
  readonly #values = new Map<string, string>()

  constructor(argv: readonly string[]) {
    for (let at = 0; at < argv.length; at++) {
      const name = argv[at] ?? ''
      if (!name.startsWith('--')) throw new Error(`Expected --name, got ${name}.`)
      const value = argv[at + 1]
      const isFlag = value === undefined || value.startsWith('--')
      this.#values.set(name.slice(2), isFlag ? '' : value)
      if (!isFlag) at++
    }
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  text(name: string, otherwise?: string): string {
    const value = this.#values.get(name) ?? otherwise
    if (value === undefined) throw new Error(`Missing --${name}.`)
    return value
  }

  number(name: string, otherwise: number): number {
    const value = this.#values.get(name)
    return value === undefined ? otherwise : Number(value)
  }
}
