import type { DumpedRecord, DumpItem, StoreSummary } from '../../store/index.ts'

/** How bodies are shown. */
export type BodyForm = 'full' | 'none'

/** One item as lines for people. */
export function textOfItem(item: DumpItem, body: BodyForm): string[] {
  switch (item.kind) {
    case 'record':
      return recordLines(item, body)
    case 'entry':
      return [
        `${item.topic}/${item.queueId} #${item.queueOffset}: no record at log position ${item.physicalOffset} (${item.size} bytes)`,
      ]
    case 'gap':
      return [
        item.next === undefined
          ? `@${item.position} no record, and no sound one behind`
          : `@${item.position} no record until @${item.next}`,
      ]
    case 'index': {
      const { name, keys, slotsUsed, beginOffset, endOffset, beginTimestamp, endTimestamp } = item
      const times = `${timeOf(beginTimestamp)} to ${timeOf(endTimestamp)}`
      return [`index ${name}: ${keys} keys in ${slotsUsed} slots, log ${beginOffset} to ${endOffset}, ${times}`]
    }
    case 'checkpoint': {
      const { logTimestamp, queueTimestamp, indexTimestamp, masterFlushedOffset, confirmOffset } = item
      return [
        `checkpoint: log ${timeOf(logTimestamp)}, queues ${timeOf(queueTimestamp)}, index ${timeOf(indexTimestamp)}`,
        `            master flushed ${masterFlushedOffset}, last record seen by a recovery ${confirmOffset}`,
      ]
    }
    default:
      return summaryLines(item)
  }
}

/** One item as a JSON object on one line; a body is `text` when it can be printed, else `base64`. */
export function jsonOfItem(item: DumpItem, body: BodyForm): string {
  if (item.kind !== 'record') return JSON.stringify(item)
  const { body: bytes, bodyFault, ...rest } = item
  if (body === 'none') return JSON.stringify({ ...rest, bodyBytes: bytes.length, bodyFault })
  const text = printable(bytes)
  const content = text === undefined ? { base64: bytes.toString('base64') } : { text }
  return JSON.stringify({ ...rest, bodyBytes: bytes.length, body: content, bodyFault })
}

function recordLines(record: DumpedRecord, form: BodyForm): string[] {
  const { position, size, topic, queueId, queueOffset, storeTimestamp, bornHost, messageId, properties, body } = record
  const { bodyFault, sysFlag, flag, reconsumeTimes, preparedTransactionOffset } = record
  const unusual = Object.entries({ sysFlag, flag, reconsumeTimes, preparedTransactionOffset }).filter(
    ([, value]) => value !== 0,
  )
  const lines = [
    `@${position} ${topic}/${queueId} #${queueOffset}, ${size} bytes, stored ${timeOf(storeTimestamp)}, from ${bornHost}`,
    `  id ${messageId}${unusual.map(([name, value]) => `, ${name} ${value}`).join('')}`,
    `  properties ${JSON.stringify(properties)}`,
  ]
  if (bodyFault !== undefined) lines.push(`  body: ${bodyFault}`)
  if (form === 'none') return [...lines, `  body of ${body.length} bytes`]
  const text = printable(body)
  const shown = text === undefined ? `base64 ${body.toString('base64')}` : JSON.stringify(text)
  return [...lines, `  body ${shown}`]
}

function summaryLines({ directory, state, log, queues, index, checkpoint, config, damaged }: StoreSummary): string[] {
  const { start, end, files, fileBytes, oldestTimestamp, newestTimestamp, hasMore } = log
  const lines = [
    `${directory}: ${state.isClean ? 'stopped cleanly' : 'not stopped cleanly (abort is there)'}${state.hasNote ? ', by rocketstream' : ''}`,
    state.usedBy === undefined ? 'in use by nobody' : `in use by ${state.usedBy}; the end may be moving`,
    `log ${start} to ${end}: ${files} file${files === 1 ? '' : 's'} of ${fileBytes} bytes, ${timeOf(oldestTimestamp)} to ${timeOf(newestTimestamp)}`,
  ]
  if (hasMore) lines.push(`  something lies behind the end: rocketstream store verify tells what`)
  lines.push(`${queues.length} queues`)
  for (const { topic, queueId, kind, min, max, files: count } of queues) {
    const ofBatches = kind === 'batch' ? ', of batches' : ''
    lines.push(`  ${topic}/${queueId}: ${min} to ${max}, ${count} file${count === 1 ? '' : 's'}${ofBatches}`)
  }
  for (const file of index) lines.push(...textOfItem(file, 'none'))
  lines.push(...(checkpoint === undefined ? ['no checkpoint'] : textOfItem(checkpoint, 'none')))
  for (const { name, bytes, fault } of config)
    lines.push(`config/${name}: ${bytes} bytes${fault === undefined ? '' : `, ${fault}`}`)
  for (const { path, start: from, end: to, records, reason } of damaged) {
    const count = records === undefined ? 'not finished' : `${records} records`
    lines.push(`${path}: log ${from} to ${to}, ${count}, saved by a recovery behind ${reason}`)
  }
  return lines
}

function timeOf(ms: number): string {
  const isTime = ms > 0 && ms < 8.64e15
  return isTime ? new Date(ms).toISOString() : '-'
}

/** The text of a body that is one: UTF-8 without control characters but tabs and ends of lines. */
function printable(body: Buffer): string | undefined {
  const text = body.toString('utf8')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  const isText = !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd]/.test(text)
  return isText && Buffer.byteLength(text) === body.length ? text : undefined
}
