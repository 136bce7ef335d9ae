/** Problems described one by one; more are counted only. */
export const SENTENCES_MAX = 100

/** What a check found: one sentence each. */
export class Findings {
  readonly #sentences: string[] = []
  #more = 0

  readonly add = (sentence: string): void => {
    if (this.#sentences.length < SENTENCES_MAX) this.#sentences.push(sentence)
    else this.#more++
  }

  get isEmpty(): boolean {
    return this.#sentences.length === 0
  }

  toList(): readonly string[] {
    return this.#more === 0 ? [...this.#sentences] : [...this.#sentences, `… and ${this.#more} more`]
  }
}
