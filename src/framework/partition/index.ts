// Partitions: which messages stay together, and so in order.
export { type PartitionKeyExtractor, type PartitionSelector, partitioner } from './partitioner.ts'
