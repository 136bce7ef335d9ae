import { basename, dirname } from 'node:path'
import type { Random } from '../random/index.ts'
import { anySurvival, SimulatedContent } from './simulated-content.ts'

/** A directory: the names that programs see, and those on the disk. */
export class SimulatedDirectory {
  readonly entries = new Map<string, SimulatedNode>()
  readonly durable = new Map<string, SimulatedNode>()
}

export type SimulatedNode = SimulatedDirectory | SimulatedContent

/** One entry of a directory gets another meaning; `undefined`: it goes. */
interface NameChange {
  readonly directory: SimulatedDirectory
  readonly name: string
  readonly node: SimulatedNode | undefined
}

/**
 * The names of simulated files. A change of names is on the disk when its directory was synced; before, a loss of power
 * may undo it, each for itself. The changes of one {@link change} are done or undone together.
 */
export class SimulatedNames {
  #root = new SimulatedDirectory()
  /** Not known to be on the disk, in order. */
  #pending: (readonly NameChange[])[] = []

  at(path: string): SimulatedNode | undefined {
    let node: SimulatedNode | undefined = this.#root
    for (const name of path.split('/')) {
      if (name === '' || node === undefined) continue
      node = node instanceof SimulatedDirectory ? node.entries.get(name) : undefined
    }
    return node
  }

  directoryAt(path: string): SimulatedDirectory | undefined {
    const node = this.at(path)
    return node instanceof SimulatedDirectory ? node : undefined
  }

  /** The content of all files that programs see. */
  *contents(directory = this.#root): Generator<SimulatedContent> {
    for (const node of directory.entries.values()) {
      if (node instanceof SimulatedContent) yield node
      else yield* this.contents(node)
    }
  }

  /** Gives names, whose directories exist, another meaning in one step. */
  change(...changes: readonly (readonly [path: string, node: SimulatedNode | undefined])[]): void {
    const step = changes.map(([path, node]) => {
      const directory = this.directoryAt(dirname(path)) ?? this.#root
      return { directory, name: basename(path), node }
    })
    for (const change of step) apply(change, 'entries')
    this.#pending.push(step)
  }

  /** Makes all names of a directory survive. */
  sync(directory: SimulatedDirectory): void {
    this.#pending = this.#pending.filter((step) => {
      const isHere = step.some((change) => change.directory === directory)
      if (isHere) for (const change of step) apply(change, 'durable')
      return !isHere
    })
  }

  /** The same names with the same history, and copies of all content. */
  copy(): SimulatedNames {
    const copies = new Map<SimulatedNode, SimulatedNode>()
    const copyOf = (node: SimulatedNode): SimulatedNode => {
      const known = copies.get(node)
      if (known !== undefined) return known
      if (node instanceof SimulatedContent) {
        const copy = node.copy()
        copies.set(node, copy)
        return copy
      }
      const copy = new SimulatedDirectory()
      copies.set(node, copy)
      for (const [name, child] of node.entries) copy.entries.set(name, copyOf(child))
      for (const [name, child] of node.durable) copy.durable.set(name, copyOf(child))
      return copy
    }
    const copied = new SimulatedNames()
    copied.#root = copyOf(this.#root) as SimulatedDirectory
    copied.#pending = this.#pending.map((step) =>
      step.map(({ directory, name, node }) => ({
        directory: copyOf(directory) as SimulatedDirectory,
        name,
        node: node === undefined ? undefined : copyOf(node),
      })),
    )
    return copied
  }

  /**
   * What is left after a loss of power: names on the disk, any of the changes since, and of each file what survived.
   */
  afterLoss(random: Random): SimulatedNames {
    const copied = this.copy()
    const survival = anySurvival(random)
    for (const step of copied.#pending) {
      const isLost = survival === 'nothing' || (survival === 'anything' && random.below(2) === 0)
      if (!isLost) for (const change of step) apply(change, 'durable')
    }
    copied.#pending = []
    const left = new SimulatedNames()
    left.#root = leftOf(copied.#root, random)
    return left
  }
}

function apply({ directory, name, node }: NameChange, view: 'entries' | 'durable'): void {
  if (node === undefined) directory[view].delete(name)
  else directory[view].set(name, node)
}

function leftOf(directory: SimulatedDirectory, random: Random): SimulatedDirectory {
  const left = new SimulatedDirectory()
  for (const [name, node] of directory.durable) {
    const after = node instanceof SimulatedContent ? node.afterLoss(random) : leftOf(node, random)
    left.entries.set(name, after)
    left.durable.set(name, after)
  }
  return left
}
