import type { TraceOptions } from '../client/index.ts'
import type { TraceProperties } from './properties.ts'

/**
 * How the messages of a binding are traced. Spring's binder traces by default and so makes brokers create the trace
 * topic; here the default waits for somebody to want it: the topic, or a property.
 */
export function traceOf({ enableMsgTrace, customizedTraceTopic }: TraceProperties): false | TraceOptions {
  if (enableMsgTrace === 'false') return false
  if (customizedTraceTopic !== '') return { topic: customizedTraceTopic }
  return { whenTopicExists: enableMsgTrace === 'auto' }
}
