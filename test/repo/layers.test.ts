import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { importsOf, roomOf, sources } from './sources.ts'

/** Which rooms a room may import, through their doors. The diagram of the project; see docs/architecture.md. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  decorators: [],
  message: ['base'],
  filter: ['base', 'message'],
  remoting: ['base', 'message'],
  store: ['base', 'message'],
  namesrv: ['base', 'remoting'],
  client: ['base', 'message', 'filter', 'remoting'],
  broker: ['base', 'message', 'filter', 'remoting', 'store'],
  admin: ['base', 'message', 'remoting', 'client'],
  embedded: ['base', 'namesrv', 'broker'],
  framework: ['base', 'message', 'decorators'],
  binder: ['base', 'message', 'client', 'framework', 'embedded'],
  cli: ['base', 'admin', 'namesrv', 'broker', 'embedded', 'store'],
  '.': ['base', 'decorators', 'framework', 'binder', 'message'],
}

/** Where each dependency enters. */
const PACKAGE_ROOMS: Readonly<Record<string, readonly string[]>> = {
  zod: ['base'],
  'dot-properties': ['base'],
  yaml: ['base'],
  pino: ['base'],
  'reflect-metadata': ['decorators', 'framework'],
  inversify: ['framework'],
  rxjs: ['framework'],
  commander: ['cli'],
  lz4js: ['message'],
  fzstd: ['message'],
  '@bokuweb/zstd-wasm': ['message'],
}

const files = sources()

test('rooms import only what lies below them', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file).flatMap(({ from, line }) => {
      if (!from.startsWith('.')) return []
      const room = roomOf(posix.normalize(posix.join(posix.dirname(file.path), from)))
      const allowed = room === file.room || MAY_IMPORT[file.room]?.includes(room) === true
      return allowed ? [] : [`${file.path}:${line} (${file.room}) imports ${from} (${room})`]
    }),
  )
  expect(wrong).toEqual([])
})

test('rooms are entered through their doors', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file).flatMap(({ from, line }) => {
      if (!from.startsWith('.')) return []
      const target = posix.normalize(posix.join(posix.dirname(file.path), from))
      // A room of `base` is a room of its own: it is entered through its own door.
      const own = roomOf(target) === file.room && (file.room !== 'base' || sameBaseRoom(file.path, target))
      return own || target.endsWith('/index.ts') ? [] : [`${file.path}:${line} imports ${from}`]
    }),
  )
  expect(wrong).toEqual([])
})

test('each dependency enters at its room, and node modules go by node:', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file).flatMap(({ from, line }) => {
      if (from.startsWith('.') || from.startsWith('node:')) return []
      return PACKAGE_ROOMS[from]?.includes(file.room) === true ? [] : [`${file.path}:${line} imports ${from}`]
    }),
  )
  expect(wrong).toEqual([])
})

test('doors name what they offer one by one', () => {
  expect(files.filter((file) => /^export \*/m.test(file.text)).map((file) => file.path)).toEqual([])
})

function sameBaseRoom(left: string, right: string): boolean {
  return left.split('/')[2] === right.split('/')[2]
}
