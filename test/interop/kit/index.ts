/**
 * The Java judges: Apache's servers and official Java clients as child processes of a test.
 *
 * Nothing here is part of the package. Everything lives in temporary directories and on free loopback ports.
 */

export type { ApacheOptions } from './apache.ts'
// The two servers, in one shape.
export { startApache } from './apache.ts'
export type { ClusterInfo } from './cluster-probe.ts'
// Small instruments.
export { clusterInfo, untilServing } from './cluster-probe.ts'
// The same scenario with every kind of clients on both servers.
export type { Clients, Explained, Facts, FourWays, ScenarioOptions, Way } from './four-ways.ts'
export { fourWays } from './four-ways.ts'
export type { ClientVersion, JavaKit, JavaMissing, JavaReady } from './java-kit.ts'
// The Java side: jars, compiled drivers, one driver run.
export { CLIENT_VERSIONS, prepareJava } from './java-kit.ts'
export type { Judge, JudgeDone, JudgeLine, JudgeOptions } from './judge.ts'
export { judge, LIVELY, ourJudge } from './judge.ts'
// What `consume-orderly` reported.
export { callsOf } from './ordered-calls.ts'
export { freeBrokerPort, freePort } from './ports.ts'
export { cpuMsOf, cpuMsOfMachine, rssAnonKb } from './process-stats.ts'
export type { RocketstreamOptions } from './rocketstream.ts'
export { startRocketstream } from './rocketstream.ts'
export type { ServerUnderTest } from './server-under-test.ts'
