import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { SqlFilter } from '../../src/filter/index.ts'
import { sqlExpressions, sqlProperties } from '../kit/sql-filters.ts'
import { judge, prepareJava } from './kit/index.ts'

const CASES = 40_000
/** `ROCKETSTREAM_SQL_SEED=<number>` tries other cases. */
const SEED = Number(process.env['ROCKETSTREAM_SQL_SEED'] ?? 20_260_101)

const kit = await prepareJava()

type Case = readonly [expression: string, properties: Readonly<Record<string, string>>]

test.skipIf(!kit.available)(`${CASES} generated filters mean the same as to Apache's evaluator`, async () => {
  if (!kit.available) return
  const cases: Case[] = fc.sample(fc.tuple(sqlExpressions, sqlProperties), { numRuns: CASES, seed: SEED })
  const expected = await apacheAnswers(cases)
  const differences = cases.flatMap(([expression, properties], at) => {
    const ours = answerOf(expression, properties)
    return ours === expected[at] ? [] : [{ expression, properties, ours, apache: expected[at] }]
  })
  const counts: Record<string, number> = {}
  for (const answer of expected) counts[answer] = (counts[answer] ?? 0) + 1
  console.info(`seed ${SEED}: ${JSON.stringify(counts)}, ${differences.length} differences`)
  expect(differences.slice(0, 20)).toEqual([])
  // Each outcome is there often enough to mean something.
  for (const outcome of ['true', 'false', 'unknown', 'failed', 'rejected']) {
    expect(counts[outcome]).toBeGreaterThan(CASES / 100)
  }
})

async function apacheAnswers(cases: readonly Case[]): Promise<string[]> {
  if (!kit.available) return []
  const directory = await mkdtemp(join(tmpdir(), 'rocketstream-sql-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const [input, output] = [join(directory, 'cases'), join(directory, 'answers')]
  await writeFile(input, `${cases.map(lineOf).join('\n')}\n`)
  const { done } = judge(kit, '5.3.3', ['evaluate-sql', '--in', input, '--out', output])
  expect(await done).toEqual({ cases: cases.length })
  return (await readFile(output, 'ascii')).trimEnd().split('\n')
}

function lineOf([expression, properties]: Case): string {
  const entries = Object.entries(properties).map(([name, value]) => `${base64(name)}:${base64(value)}`)
  return [base64(expression), ...entries].join(' ')
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

function answerOf(expression: string, properties: Readonly<Record<string, string>>): string {
  try {
    return new SqlFilter(expression).evaluate(properties)
  } catch (refused) {
    expect(refused).toMatchObject({ code: 'RMQ_FILTER_SYNTAX' })
    return 'rejected'
  }
}
