// Chance as a port.
export { type Random, seededRandom, systemRandom } from './random.ts'
