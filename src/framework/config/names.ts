/**
 * Relaxed names: `max-attempts`, `maxAttempts`, `MAX_ATTEMPTS` are one; a list index is an element like any other
 * (`hosts[0]` = `hosts.0`); brackets keep a map key together (`bindings[a|b-in-0].group`).
 */
export function canonicalKey(key: string): string {
  const elements = key.replaceAll(/\[([^\]]*)\]/g, '.$1').split('.')
  return elements.map((element) => element.toLowerCase().replaceAll(/[-_]/g, '')).join('.')
}

/** What remains of a key in the name of an environment variable: letters and digits only. */
export function flatKey(canonical: string): string {
  return canonical.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

/** `maxAttempts` → `max-attempts`, as keys are written in files and messages; dots stay. */
export function kebabKey(key: string): string {
  return key.replaceAll(/(?<=[a-z0-9])([A-Z])/g, (letter) => `-${letter.toLowerCase()}`)
}
