/**
 * Namespaces of keys and values, kept in one JSON file that is rewritten at each change. Apache: `KVConfigManager`
 * (5.3.3).
 */
import { textOf } from '../../base/errors/index.ts'
import { type Files, loadKeptFile, saveKeptFile } from '../../base/files/index.ts'
import { z } from '../../base/schema/index.ts'
import { parseJson } from '../../remoting/index.ts'
import { namesrvErrors } from '../errors.ts'

const shape = z.object({ configTable: z.record(z.string(), z.record(z.string(), z.string())).default({}) })

/** The namespace that order topics are described in. */
export const ORDER_TOPIC_NAMESPACE = 'ORDER_TOPIC_CONFIG'

export interface KvConfig {
  get(namespace: string, key: string): string | undefined
  /** All keys of a namespace, `undefined` when there is none. */
  list(namespace: string): Readonly<Record<string, string>> | undefined
  /** Resolves when the file is written. */
  put(namespace: string, key: string, value: string): Promise<void>
  /** Resolves when the file is written. */
  delete(namespace: string, key: string): Promise<void>
}

/**
 * Reads the file, if there is one.
 * @throws RMQ_KV_CONFIG_UNREADABLE
 */
export function openKvConfig(path: string, files: Files): KvConfig {
  const table = new Map<string, Map<string, string>>()
  try {
    const kept = loadKeptFile(files, path, (content) => shape.parse(parseJson(content, path)))
    for (const [namespace, keys] of Object.entries(kept?.configTable ?? {}))
      table.set(namespace, new Map(Object.entries(keys)))
  } catch (failure) {
    throw namesrvErrors.RMQ_KV_CONFIG_UNREADABLE({ path, reason: textOf(failure) }, failure)
  }
  let lastWrite: Promise<void> = Promise.resolve()
  const save = (): Promise<void> => {
    const configTable = Object.fromEntries([...table].map(([namespace, keys]) => [namespace, Object.fromEntries(keys)]))
    const content = JSON.stringify({ configTable }, undefined, '\t')
    // Writes follow one another, also after one that failed.
    lastWrite = lastWrite.catch(() => undefined).then(() => saveKeptFile(files, path, content))
    return lastWrite
  }
  return {
    get: (namespace, key) => table.get(namespace)?.get(key),
    list(namespace) {
      const keys = table.get(namespace)
      return keys === undefined ? undefined : Object.fromEntries(keys)
    },
    put(namespace, key, value) {
      const keys = table.get(namespace) ?? new Map<string, string>()
      table.set(namespace, keys.set(key, value))
      return save()
    },
    delete(namespace, key) {
      table.get(namespace)?.delete(key)
      return save()
    },
  }
}
