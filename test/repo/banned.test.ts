import { expect, test } from 'vitest'
import { sources } from './sources.ts'

interface Ban {
  readonly what: string
  readonly pattern: RegExp
  /** Where it is at home. */
  readonly except: RegExp
  readonly instead: string
}

const BANS: readonly Ban[] = [
  { what: 'Date.now', pattern: /\bDate\.now\(/, except: /^src\/base\/time\//, instead: 'Clock' },
  { what: 'performance.now', pattern: /\bperformance\.now\(/, except: /^src\/(base\/time|cli)\//, instead: 'Clock' },
  {
    what: 'timers',
    pattern: /(?<![.\w])(setTimeout|setInterval|setImmediate)\(/,
    except: /^src\/base\/time\//,
    instead: 'Clock',
  },
  { what: 'Math.random', pattern: /\bMath\.random\(/, except: /^src\/base\/random\//, instead: 'Random' },
  { what: 'node:fs', pattern: /'node:fs(\/promises)?'/, except: /^src\/base\/files\//, instead: 'Files' },
  {
    what: 'node:net',
    pattern: /'node:(net|tls|dgram)'/,
    except: /^src\/(base\/network\/|message\/ids\.ts)/,
    instead: 'Network',
  },
  { what: 'new Promise', pattern: /\bnew Promise\b/, except: /^src\/base\/async\//, instead: 'deferred()' },
  { what: 'console', pattern: /\bconsole\.\w+\(/, except: /^$/, instead: 'Logger' },
  {
    what: 'process.exit',
    pattern: /\bprocess\.exit\(/,
    except: /^src\/(cli|framework)\//,
    instead: 'process.exitCode',
  },
  {
    what: 'bare new Error',
    pattern: /\bnew (Type|Range)?Error\(/,
    except: /^src\/base\/errors\//,
    instead: 'defineErrors',
  },
  { what: 'any', pattern: /:\s*any\b|<any>|\bas any\b/, except: /^$/, instead: 'unknown' },
  {
    what: 'enum or namespace',
    pattern: /^\s*(export )?(const )?(enum|namespace) /m,
    except: /^$/,
    instead: 'as const',
  },
]

/** Begins or goes on with a comment; the formatter cares for everything else. */
const COMMENT = /^\s*(\*|\/\/|\/\*)/

const files = sources().map((file) => ({ ...file, code: withoutComments(file.text) }))

test.each(BANS)('$what is used nowhere but at home; elsewhere use $instead', ({ pattern, except }) => {
  const found = files.filter((file) => !except.test(file.path) && pattern.test(file.code)).map((file) => file.path)
  expect(found).toEqual([])
})

test('no file grows past 400 lines', () => {
  const long = files
    .map((file) => ({ path: file.path, lines: file.text.split('\n').length }))
    .filter(({ lines }) => lines > 400)
  expect(long).toEqual([])
})

test('no comment is wider than 120 columns', () => {
  const wide = files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, at) => (line.length > 120 && COMMENT.test(line) ? [`${path}:${at + 1}`] : [])),
  )
  expect(wide).toEqual([])
})

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1')
}
