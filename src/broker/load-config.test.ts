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
