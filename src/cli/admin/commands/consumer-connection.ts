import type { AdminCommand } from '../admin-command.ts'
import { BROKER } from '../flags.ts'
import { versionText } from '../format.ts'

/** Apache: `ConsumerConnectionSubCommand` (5.3.3). */
export const consumerConnection: AdminCommand = {
  name: 'consumerConnection',
  description: 'show who consumes in a group, and what',
  flags: [{ short: 'g', long: 'consumerGroup', text: 'consumer group', required: true }, BROKER],
  async run({ admin, flags, line }) {
    const found = await admin.groups.connections(flags.text('consumerGroup'), flags.optionalText('brokerAddr'))
    line('%-36s %-22s %-10s %s', '#ClientId', '#ClientAddr', '#Language', '#Version')
    for (const { clientId, clientAddr, language, version } of found.connectionSet) {
      line('%-36s %-22s %-10s %s', clientId, clientAddr, language, versionText(version))
    }
    line('')
    line('Below is subscription:')
    line('%-20s %s', '#Topic', '#SubExpression')
    const subscriptions = Object.values(found.subscriptionTable)
    for (const { topic, subString } of subscriptions.sort((left, right) => (left.topic < right.topic ? -1 : 1))) {
      line('%-20s %s', topic, subString)
    }
    line('')
    line('ConsumeType: %s', found.consumeType)
    line('MessageModel: %s', found.messageModel)
    line('ConsumeFromWhere: %s', found.consumeFromWhere)
  },
}
