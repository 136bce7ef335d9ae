/** What a reply's code means. Apache: `ResponseCode`, `RemotingSysResponseCode` (5.3.3). */
export const RESPONSE_CODE = {
  SUCCESS: 0,
  SYSTEM_ERROR: 1,
  SYSTEM_BUSY: 2,
  REQUEST_CODE_NOT_SUPPORTED: 3,
  FLUSH_DISK_TIMEOUT: 10,
  SLAVE_NOT_AVAILABLE: 11,
  FLUSH_SLAVE_TIMEOUT: 12,
  MESSAGE_ILLEGAL: 13,
  SERVICE_NOT_AVAILABLE: 14,
  VERSION_NOT_SUPPORTED: 15,
  NO_PERMISSION: 16,
  TOPIC_NOT_EXIST: 17,
  PULL_NOT_FOUND: 19,
  PULL_RETRY_IMMEDIATELY: 20,
  PULL_OFFSET_MOVED: 21,
  QUERY_NOT_FOUND: 22,
  SUBSCRIPTION_PARSE_FAILED: 23,
  SUBSCRIPTION_NOT_EXIST: 24,
  SUBSCRIPTION_NOT_LATEST: 25,
  SUBSCRIPTION_GROUP_NOT_EXIST: 26,
  FILTER_DATA_NOT_EXIST: 27,
  FILTER_DATA_NOT_LATEST: 28,
  INVALID_PARAMETER: 29,
  CONSUMER_NOT_ONLINE: 206,
  CONSUME_MSG_TIMEOUT: 207,
  FLOW_CONTROL: 215,
  ILLEGAL_OPERATION: 604,
  GO_AWAY: 1500,
} as const

const NAMES = new Map<number, string>(Object.entries(RESPONSE_CODE).map(([name, code]) => [code, name]))

/** `TOPIC_NOT_EXIST(17)`, for messages to people. */
export function responseCodeName(code: number): string {
  const name = NAMES.get(code)
  return name === undefined ? `code ${code}` : `${name}(${code})`
}

/** The text Apache appends to remarks about things a user can fix. Apache: `FAQUrl.suggestTodo`. */
export const FAQ = '\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.'

/** Ordinal of V5_3_3 in Apache's `MQVersion`: what we speak. */
export const PROTOCOL_VERSION = 479

/** Ordinals at which behaviour changes. Apache: `MQVersion`. */
export const VERSION = { V3_0_11: 37, V3_1_8: 62, V3_4_9: 121, V4_9_4: 401, V5_0_0: 413 } as const

/** Names of languages by their one-byte code. Apache: `LanguageCode`. */
export const LANGUAGES = [
  'JAVA',
  'CPP',
  'DOTNET',
  'PYTHON',
  'DELPHI',
  'ERLANG',
  'RUBY',
  'OTHER',
  'HTTP',
  'GO',
  'PHP',
  'OMS',
  'RUST',
  'NODE_JS',
] as const

/** What we call ourselves: a name that every release knows; `NODE_JS` exists only since 5.3.2. */
export const OUR_LANGUAGE = 'OTHER'
