import ts from 'typescript'
import { expect, test } from 'vitest'
import { filesBelow, ROOT } from './sources.ts'

const doors = [...filesBelow('src', 'index.ts'), 'decorators/index.ts'].map((path) => `${ROOT}/${path}`)
const config = ts.getParsedCommandLineOfConfigFile(
  `${ROOT}/tsconfig.json`,
  {},
  { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined },
)
const program = ts.createProgram(doors, { ...config?.options, noEmit: true })
const checker = program.getTypeChecker()

/** What the doors of the package's entries offer, with the symbol itself. */
function exportsOf(path: string): { readonly name: string; readonly symbol: ts.Symbol }[] {
  const file = program.getSourceFile(path)
  const symbol = file === undefined ? undefined : checker.getSymbolAtLocation(file)
  return (symbol === undefined ? [] : checker.getExportsOfModule(symbol)).map((found) => ({
    name: found.name,
    symbol: found.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(found) : found,
  }))
}

test('every symbol of every door is documented', () => {
  const bare = doors.flatMap((door) =>
    exportsOf(door)
      .filter(({ name, symbol }) => !name.endsWith('Errors') && symbol.getDocumentationComment(checker).length === 0)
      .filter(({ symbol }) =>
        symbol.declarations?.some(
          (one) =>
            one.getSourceFile().fileName.startsWith(ROOT) && !one.getSourceFile().fileName.includes('node_modules'),
        ),
      )
      .map(({ name }) => `${door.slice(ROOT.length + 1)}: ${name}`),
  )
  expect(bare).toEqual([])
})

test('every code in a @throws exists', () => {
  const declared = new Set<string>()
  const thrown = new Map<string, string>()
  for (const file of program.getSourceFiles()) {
    if (file.fileName.includes('node_modules') || !file.fileName.startsWith(ROOT)) continue
    const text = file.getFullText()
    if (file.fileName.endsWith('errors.ts'))
      for (const match of text.matchAll(/^\s+(RMQ_\w+):/gm)) declared.add(match[1] as string)
    for (const line of text.matchAll(/@throws[^\n]*/g)) {
      for (const code of line[0].matchAll(/RMQ_\w+/g)) thrown.set(code[0], file.fileName.slice(ROOT.length + 1))
    }
  }
  expect([...thrown].filter(([code]) => !declared.has(code))).toEqual([])
})
