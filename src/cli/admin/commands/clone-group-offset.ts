import type { AdminCommand } from '../admin-command.ts'
import { TOPIC } from '../flags.ts'

/** Apache: `CloneGroupOffsetCommand` (5.3.3). */
export const cloneGroupOffset: AdminCommand = {
  name: 'cloneGroupOffset',
  description: 'let a consumer group begin where another one is',
  flags: [
    { short: 's', long: 'srcGroup', text: 'group whose progress is taken', required: true },
    { short: 'd', long: 'destGroup', text: 'group that gets it', required: true },
    TOPIC,
    { short: 'o', long: 'offline', text: 'has no effect, as in Apache’s mqadmin' },
  ],
  async run({ admin, flags, line }) {
    const [from, to, topic] = [flags.text('srcGroup'), flags.text('destGroup'), flags.text('topic')]
    await admin.offsets.clone(from, to, topic)
    line('clone group offset success. srcGroup[%s], destGroup=[%s], topic[%s]', from, to, topic)
  },
}
