import { defineErrors } from '../base/errors/index.ts'

export const embeddedErrors = defineErrors({
  RMQ_EMBEDDED_ENDED: (d: { reason: string }) =>
    `The embedded server ended: ${d.reason}. Start \`rocketstream server\` by itself and set the name-server property to it to see why.`,
})
