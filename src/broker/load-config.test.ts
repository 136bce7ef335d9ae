import { expect, test } from 'vitest'
import { loadBrokerConfig } from './load-config.ts'

test('a broker.conf is read with Apache’s keys, and overrides win', async () => {
  const text = 'brokerName = a\nlistenPort=20911\nflushDiskType=SYNC_FLUSH\nnamesrvAddr=h:9876\n'
  const { config, warnings } = await loadBrokerConfig({ text }, { listenPort: 0 })
  expect(config).toMatchObject({ brokerName: 'a', listenPort: 0, flushDiskType: 'SYNC_FLUSH', namesrvAddr: 'h:9876' })
  expect(config.defaultTopicQueueNums).toBe(8)
  expect(warnings).toEqual([])
})

test('keys that only Apache needs are known, keys that nobody knows are named with the nearest one', async () => {
  const { warnings, ignored } = await loadBrokerConfig({ text: 'sendMessageThreadPoolNums=4\nlistenPrt=1\n' })
  expect(ignored).toEqual(['sendMessageThreadPoolNums'])
  expect(warnings).toEqual(['broker.conf:2: unknown key "listenPrt" is ignored; did you mean "listenPort"?'])
})

test('a file that is not there is named', async () => {
  const loading = loadBrokerConfig({ path: '/nowhere/broker.conf' })
  await expect(loading).rejects.toMatchObject({ code: 'RMQ_BROKER_CONF_MISSING' })
})

test.each([
  ['storeType=defaultRocksDB', 'queues in RocksDB are not supported'],
  ['rocksdbCQDoubleWriteEnable=true', 'queues in RocksDB are not supported'],
  ['enableDLegerCommitLog=true', 'a log that DLedger replicates has another form'],
  ['duplicationEnable=true', 'an external replicator'],
])('what would be another form on the disk is refused, not ignored: %s', async (text, reason) => {
  const loading = loadBrokerConfig({ text })
  await expect(loading).rejects.toMatchObject({ code: 'RMQ_CONFIG_VALUE' })
  await expect(loading).rejects.toThrow(reason)
})

test('the same keys are fine when they ask for what is done here, and others of the same kind mean nothing', async () => {
  const text =
    'storeType=DEFAULT\nenableDLegerCommitLog=false\nduplicationEnable=false\ntransientStorePoolEnable=true\n'
  const { config, warnings, ignored } = await loadBrokerConfig({ text })
  expect(config).toMatchObject({ storeType: 'default', enableDLegerCommitLog: false, duplicationEnable: false })
  expect([warnings, ignored]).toEqual([[], ['transientStorePoolEnable']])
})
