import type { Clock } from '../../base/time/index.ts'
import type { Peer } from '../../remoting/index.ts'
import type { Member, Sender } from './consumer-groups.ts'

/** Which clients produce in which group: in memory, from heartbeats. Apache: `ProducerManager` (5.3.3). */
export class ProducerGroups {
  readonly #groups = new Map<string, Map<Peer, Member>>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Members of a group by connection; none when nobody of it is connected. */
  members(name: string): ReadonlyMap<Peer, Member> {
    return this.#groups.get(name) ?? NOBODY
  }

  /** All groups that have members. */
  all(): Iterable<[string, ReadonlyMap<Peer, Member>]> {
    return this.#groups
  }

  /** A client says that it produces in a group. */
  heartbeat(sender: Sender, name: string): void {
    let members = this.#groups.get(name)
    if (members === undefined) {
      members = new Map()
      this.#groups.set(name, members)
    }
    members.set(sender.peer, { ...sender, fingerprint: 0, lastHeartbeatMs: this.#clock.now() })
  }

  /** A client leaves a group. */
  leave(name: string, peer: Peer): void {
    const members = this.#groups.get(name)
    if (members?.delete(peer) === true && members.size === 0) this.#groups.delete(name)
  }

  /** A connection is over: its client leaves all groups. */
  removePeer(peer: Peer): void {
    for (const name of [...this.#groups.keys()]) this.leave(name, peer)
  }

  /** Connections of members that sent no heartbeat since `sinceMs`. */
  silentPeers(sinceMs: number): Set<Peer> {
    const silent = new Set<Peer>()
    for (const members of this.#groups.values()) {
      for (const member of members.values()) if (member.lastHeartbeatMs < sinceMs) silent.add(member.peer)
    }
    return silent
  }
}

const NOBODY: ReadonlyMap<Peer, Member> = new Map()
