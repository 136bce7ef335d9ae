/** How a content type's bodies are read and written. */
export type ContentKind = 'json' | 'text' | 'bytes'

/**
 * `application/json`, `application/*+json` → json; `text/*` → text; anything else, for example
 * `application/octet-stream` → bytes.
 */
export function contentKind(contentType: string): ContentKind {
  const essence = (contentType.split(';')[0] ?? '').trim().toLowerCase()
  if (essence === 'application/json' || essence.endsWith('+json')) return 'json'
  return essence.startsWith('text/') ? 'text' : 'bytes'
}

/** The header's content type when the message has one, else the binding's. Quotes that some senders add are dropped. */
export function contentTypeOf(headers: Readonly<Record<string, unknown>>, ofBinding: string): string {
  const given = headers['contentType']
  return typeof given === 'string' && given.trim() !== '' ? given.replaceAll('"', '').trim() : ofBinding
}
