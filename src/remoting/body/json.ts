import { parseJavaJson } from '../../base/json/index.ts'
import { remotingErrors } from '../errors.ts'

/**
 * Reads JSON as Java's fastjson writes it, see {@link parseJavaJson}.
 * @throws RMQ_BODY_MALFORMED
 */
export function parseJson(body: Buffer, what: string): unknown {
  return parseJavaJson(body.toString('utf8'), (reason) => remotingErrors.RMQ_BODY_MALFORMED({ what, reason }))
}
