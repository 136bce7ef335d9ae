import { readFileSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CLI, type Ended, ROOT, run } from './run.ts'
import { startTestServer, type TestServer } from './server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

/** Runs one command on the server. */
function admin(...words: string[]): Promise<Ended> {
  return run([CLI, 'admin', ...words, '-n', server.nameServer]).ended
}

test('without a command all of them are listed, and help shows the flags of one', async () => {
  const listed = await run([CLI, 'admin']).ended
  expect(listed).toMatchObject({ code: 0, stderr: '' })
  expect(listed.stdout).toMatch(/updateTopic[\s\S]*consumerProgress[\s\S]*clusterList/)
  const help = await run([`${ROOT}dist/mqadmin.js`, 'help', 'updateTopic']).ended
  expect(help).toMatchObject({ code: 0, stdout: expect.stringMatching(/-r, --readQueueNums <number>/) })
})

test.each([
  ['an unknown command', ['updatetopics'], "unknown command 'updatetopics', did you mean updateTopic?", ''],
  ['a required flag left out', ['updateTopic', '-b', 'x'], "required option '-t, --topic <text>'", ' updateTopic'],
  ['neither -b nor -c', ['updateTopic', '-t', 'T'], 'one of -b, -c is required', ' updateTopic'],
  [
    'a number that is none',
    ['updateTopicPerm', '-t', 'T', '-c', 'C', '-p', 'rw'],
    'Write a whole number',
    ' updateTopicPerm',
  ],
  [
    'a time that is none',
    ['resetOffsetByTime', '-g', 'G', '-t', 'T', '-s', 'noon'],
    'neither "now"',
    ' resetOffsetByTime',
  ],
  [
    'a character set that is none',
    ['queryMsgById', '-t', 'T', '-i', 'X', '-f', 'utf-99'],
    '-f utf-99 is no character set',
    ' queryMsgById',
  ],
])('wrong usage, %s, ends with 2 and one line', async (_, words, text, place) => {
  const { code, stderr } = await run([CLI, 'admin', ...words]).ended
  expect(stderr).toContain(text)
  expect(stderr).toContain(`Write \`rocketstream admin${place} --help\``)
  expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  expect(code).toBe(2)
})

test('a command that fails ends with 1 and says why', async () => {
  expect(await admin('topicRoute', '-t', 'Nowhere')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('No topic route info in name server for the topic: Nowhere'),
  })
  expect(await run([CLI, 'admin', 'topicList', '-n', '127.0.0.1:1']).ended).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('RMQ_CONNECT_FAILED'),
  })
})

test('a topic is created, written, looked at and removed, in mqadmin’s columns', async () => {
  const created = await admin('updateTopic', '-c', 'DefaultCluster', '-t', 'T', '-r', '2', '-w', '2')
  expect(created.stdout).toMatch(
    /^create topic to 127\.0\.0\.1:\d+ success\.\nTopicConfig \[topicName=T, readQueueNums=2,/,
  )
  const brokers = await admin('clusterList')
  expect(brokers.stdout.split('\n')[0]).toBe(
    '#Cluster Name           #Broker Name            #BID  #Addr                  #Version              #InTPS(LOAD)                   #OutTPS(LOAD)  #Timer(Progress)        #PCWait(ms)  #Hour         #SPACE    #ACTIVATED',
  )
  const sent = await admin('sendMessage', '-t', 'T', '-p', 'hello', '-k', 'k1')
  expect(sent.stdout).toMatch(/#Broker Name +#QID +#Send Result +#MsgId\n\S+ +[01] +SEND_OK +[0-9A-F]{32}\n/)
  const status = await admin('topicStatus', '-t', 'T')
  expect(status.stdout.split('\n')[0]).toBe(
    '#Broker Name                      #QID  #Min Offset           #Max Offset             #Last Updated',
  )
  const offsets = [...status.stdout.matchAll(/^\S+ +[01] +0 +([01]) /gm)].map((match) => Number(match[1]))
  expect(offsets.reduce((sum, offset) => sum + offset, 0)).toBe(1)
  const found = await admin('queryMsgByKey', '-t', 'T', '-k', 'k1')
  const id = /^#Message ID +#QID +#Offset\n([0-9A-F]{32}) +[01] +0\n$/.exec(found.stdout)?.[1] ?? ''
  const shown = await admin('queryMsgById', '-t', 'T', '-i', id, '-f', 'UTF-8')
  expect(shown.stdout).toMatch(/^OffsetID: +[0-9A-F]{32}\nTopic: +T\nTags: +\[null\]\nKeys: +\[k1\]\n/)
  const bodyPath = /\nMessage Body Path: +(\S+)\nMessage Body: +hello\n\n\nWARN: No Consumer\n$/.exec(shown.stdout)?.[1]
  expect(readFileSync(bodyPath ?? '', 'utf8')).toBe('hello')
  rmSync(bodyPath ?? '')
  expect((await admin('deleteTopic', '-c', 'DefaultCluster', '-t', 'T')).code).toBe(0)
  expect((await admin('topicList')).stdout.split('\n')).not.toContain('T')
})
