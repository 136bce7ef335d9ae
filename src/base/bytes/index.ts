// Bytes and numbers.
export { crc32 } from './crc32.ts'
export { readInt64, writeInt64 } from './int64.ts'
export { javaHashCode } from './java-hash.ts'
