import { defineErrors } from '../base/errors/index.ts'

export const brokerErrors = defineErrors({
  RMQ_BROKER_CONF_MISSING: (d: { path: string }) =>
    `There is no broker configuration file "${d.path}". Give the path of a file with keys such as listenPort=10911, or leave -c out.`,
  RMQ_BROKER_FILE_UNREADABLE: (d: { path: string; reason: string }) =>
    `The broker's file "${d.path}" and its .bak cannot be read: ${d.reason}. Restore it from a copy, or remove both to begin without it.`,
  RMQ_BROKER_ROLE: (d: { brokerRole: string; brokerId: number }) =>
    `brokerRole=${d.brokerRole} with brokerId=${d.brokerId} cannot be started: this broker can only be a master. Set brokerId=0 and brokerRole=ASYNC_MASTER, or run an Apache broker as the slave.`,
  RMQ_BROKER_ADDRESS: (d: { key: string; value: string }) =>
    `${d.key}="${d.value}" is not an address. Write host:port, several separated by ";".`,
})
