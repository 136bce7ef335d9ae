/**
 * How many stored messages a second an SQL92 filter judges, properties read from the record each time, and how many
 * expressions a second are compiled: `node --import tsx test/bench/sql92.ts`.
 */
import { SqlFilter } from '../../src/filter/index.ts'
import { storedRecord } from '../kit/stored-record.ts'

const SECONDS = 1
const FILTERS = [
  'price > 10',
  "shop = 'north'",
  "price BETWEEN 10 AND 99 AND shop IN ('north', 'south') AND note IS NOT NULL",
  "shop = 'south' OR note CONTAINS 'gift' OR weight >= 1.5 OR (missing <> 'x' AND price < 5)",
  'weight > price',
]

const records = Array.from({ length: 64 }, (_, n) =>
  storedRecord({
    topic: 'Orders',
    body: 'x'.repeat(200),
    queueOffset: n,
    properties: {
      UNIQ_KEY: `7F0000010001${String(n).padStart(20, '0')}`,
      KEYS: `order-${n}`,
      TAGS: 'new',
      WAIT: 'true',
      price: String(n),
      shop: n % 2 === 0 ? 'north' : 'south',
      weight: String(n / 4),
      note: 'a gift',
    },
  }),
)

/** Calls a second, and the nanoseconds of one. */
function measure(what: string, work: (n: number) => void): void {
  const endMs = performance.now() + SECONDS * 1000
  let calls = 0
  for (; performance.now() < endMs; calls += 1000) for (let n = calls; n < calls + 1000; n++) work(n)
  const nanoseconds = ((SECONDS * 1e9) / calls).toFixed(0)
  process.stdout.write(
    `${String(Math.round(calls / SECONDS)).padStart(10)} a second, ${nanoseconds.padStart(5)} ns: ${what}\n`,
  )
}

let matches = 0
for (const expression of FILTERS) {
  const filter = new SqlFilter(expression)
  measure(expression, (n) => {
    const record = records[n % records.length] as Buffer
    if (filter.matchesRecord(record, 0, record.length)) matches++
  })
}
measure('compiled', (n) => void new SqlFilter(FILTERS[n % FILTERS.length] as string))
process.stdout.write(`${matches} matches\n`)
