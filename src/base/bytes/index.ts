// Bytes and numbers.
export { crc32, crc32At } from './crc32.ts'
export { readInt16, readInt32, readInt64, readInt64Of, viewOf, writeInt64, writeInt64To } from './integers.ts'
export { type JavaHashable, javaHashCode, javaHashOf, javaHashOn } from './java-hash.ts'
export { defineLayout, field, type Layout, type LayoutField, type LayoutTail } from './layout.ts'
