import { defineErrors } from '../errors/index.ts'

export const networkErrors = defineErrors({
  RMQ_CONNECT_FAILED: (d: { address: string; reason: string }) =>
    `Cannot connect to ${d.address}: ${d.reason}. Check that the server runs there and that nothing blocks the port.`,
  RMQ_PORT_IN_USE: (d: { address: string }) =>
    `Port ${d.address} is already in use. Stop the program that has it, or choose another port.`,
  RMQ_LISTEN_FAILED: (d: { address: string; reason: string }) =>
    `Cannot listen on ${d.address}: ${d.reason}. Choose an address of this machine and a port that you may open.`,
})
