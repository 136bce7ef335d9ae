import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { type Broker, type BrokerConfig, type BrokerPorts, brokerConfig, startBroker } from '../../src/broker/index.ts'
import { decodeRecords, encodeProperties, type ReceivedMessage } from '../../src/message/index.ts'
import {
  type Answer,
  type ConsumerData,
  type HeaderOf,
  Heartbeat,
  heartbeatBody,
  NotifyConsumerIdsChanged,
  PULL_FLAG,
  PullMessage,
  RESPONSE_CODE,
  RemotingClient,
  type RequestOf,
  type ResponseOf,
  type Route,
  route,
  routeTable,
  SendMessageV2,
  type SubscriptionData,
} from '../../src/remoting/index.ts'
import { verifyStore } from '../../src/store/index.ts'

/** A broker of one test, in a directory of its own. */
export interface TestBroker {
  readonly broker: Broker
  readonly directory: string
  /** Closes it and starts it again on the same directory. */
  restart(): Promise<TestBroker>
}

const NAME = 'broker-test'

/** Starts a broker that is closed at the end of the test, whose store is checked then. */
export async function startTestBroker(
  changes: Partial<BrokerConfig> = {},
  ports: BrokerPorts = {},
): Promise<TestBroker> {
  const directory = mkdtempSync(join(tmpdir(), 'rocketstream-broker-'))
  let running: Broker | undefined
  onTestFinished(async () => {
    await running?.[Symbol.asyncDispose]()
    expect((await verifyStore(directory, changes)).problems).toEqual([])
    rmSync(directory, { recursive: true, force: true })
  })
  const start = async (): Promise<TestBroker> => {
    const config = {
      storePathRootDir: directory,
      listenPort: 0,
      bindAddress: '127.0.0.1',
      brokerIP1: '127.0.0.1',
      brokerName: NAME,
    }
    const broker = await startBroker(brokerConfig.with({ ...config, ...changes }), ports)
    running = broker
    return {
      broker,
      directory,
      async restart() {
        await broker[Symbol.asyncDispose]()
        return start()
      },
    }
  }
  return start()
}

type SendChanges = Partial<RequestOf<typeof SendMessageV2>> & { readonly with?: Readonly<Record<string, string>> }
type PullChanges = Partial<RequestOf<typeof PullMessage>>
type SendAnswer = Answer<ResponseOf<typeof SendMessageV2>>

/** A pull's answer with its messages. */
export interface Pulled {
  readonly code: number
  readonly remark: string | undefined
  readonly header: HeaderOf<(typeof PullMessage)['response']>
  readonly messages: readonly ReceivedMessage[]
  readonly texts: readonly string[]
}

/** Codes a pull answers with a header. */
const PULL_CODES: readonly number[] = [
  RESPONSE_CODE.SUCCESS,
  RESPONSE_CODE.PULL_NOT_FOUND,
  RESPONSE_CODE.PULL_RETRY_IMMEDIATELY,
  RESPONSE_CODE.PULL_OFFSET_MOVED,
]

/** A client that speaks the bare protocol to one broker over one connection. */
export class WireClient {
  readonly remoting: RemotingClient
  readonly address: string
  /** Groups whose change this client was told of, in order. */
  readonly notices: string[] = []

  constructor(address: string, ...routes: readonly Route[]) {
    this.address = address
    this.remoting = new RemotingClient({
      routes: routeTable(
        route(NotifyConsumerIdsChanged, ({ consumerGroup }) => {
          this.notices.push(consumerGroup)
          return {}
        }),
        ...routes,
      ),
    })
  }

  /** Sends a text to queue 0 of a topic; `with` are properties. */
  send(topic: string, text: string, changes: SendChanges = {}): Promise<SendAnswer> {
    const { with: properties = {}, ...header } = changes
    return this.remoting.invoke(
      this.address,
      SendMessageV2,
      {
        producerGroup: 'P',
        topic,
        defaultTopic: 'TBW102',
        defaultTopicQueueNums: 4,
        queueId: 0,
        sysFlag: 0,
        bornTimestamp: 1_700_000_000_000,
        flag: 0,
        properties: encodeProperties(properties),
        ...header,
      },
      { body: Buffer.from(text) },
    )
  }

  /** Pulls everything from queue 0 of a topic on, its expression in the request; not held unless `changes` say so. */
  async pull(topic: string, queueOffset: number, changes: PullChanges = {}): Promise<Pulled> {
    const answer = await this.remoting.invoke(
      this.address,
      PullMessage,
      {
        consumerGroup: 'G',
        topic,
        queueId: 0,
        queueOffset,
        maxMsgNums: 32,
        sysFlag: PULL_FLAG.subscription,
        commitOffset: 0,
        suspendTimeoutMillis: 15_000,
        subVersion: 0,
        subscription: '*',
        ...changes,
      },
      { accept: PULL_CODES, timeoutMs: 20_000 },
    )
    const messages = decodeRecords(answer.body, NAME)
    const { code, remark, header } = answer
    return { code, remark, header, messages, texts: messages.map((message) => message.body.toString()) }
  }

  /** Says that this client consumes. */
  async heartbeat(
    clientID: string,
    consumers: readonly ConsumerData[],
    producers: readonly string[] = [],
  ): Promise<void> {
    const body = heartbeatBody.encode({
      clientID,
      consumerDataSet: consumers,
      producerDataSet: producers.map((groupName) => ({ groupName })),
      heartbeatFingerprint: 0,
      withoutSub: false,
    })
    await this.remoting.invoke(this.address, Heartbeat, {}, { body })
  }
}

/** A client that is closed at the end of the test; `routes` answer what the broker asks it. */
export function wireClient({ broker }: TestBroker, ...routes: readonly Route[]): WireClient {
  const client = new WireClient(broker.address, ...routes)
  onTestFinished(() => client.remoting[Symbol.asyncDispose]())
  return client
}

/** A group that subscribes to all of these topics. */
export function consumerOf(
  groupName: string,
  topics: readonly string[],
  changes: Partial<ConsumerData> = {},
): ConsumerData {
  return {
    groupName,
    consumeType: 'CONSUME_PASSIVELY',
    messageModel: 'CLUSTERING',
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    subscriptionDataSet: topics.map((topic) => subscriptionOf(topic)),
    unitMode: false,
    ...changes,
  }
}

/** A subscription to everything of a topic. */
export function subscriptionOf(topic: string, changes: Partial<SubscriptionData> = {}): SubscriptionData {
  return {
    topic,
    subString: '*',
    tagsSet: [],
    codeSet: [],
    subVersion: 1,
    expressionType: 'TAG',
    classFilterMode: false,
    ...changes,
  }
}

/** Expects a refusal with this code and, if given, remark. */
export async function expectRefusal(asked: Promise<unknown>, responseCode: number, remark?: string): Promise<void> {
  const details = remark === undefined ? { responseCode } : { responseCode, remark }
  await expect(asked).rejects.toMatchObject({ code: 'RMQ_REFUSED', details })
}
