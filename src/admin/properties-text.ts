/** Settings as a request's body carries them: the reader takes a backslash for the beginning of an escape. */
export function propertiesText(changes: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries(changes).map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}\n`)
  return Buffer.from(lines.join(''))
}
