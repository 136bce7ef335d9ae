// Filters: which messages of a topic a consumer wants.

// Bit maps of consumer groups
export { type BloomBits, BloomFilter, hasBits, setBits } from './bloom/bloom-filter.ts'
export { filterErrors } from './errors.ts'
// Properties of stored records
export { RecordProperties } from './record-properties.ts'
// SQL
export { type RecordFilter, SqlFilter, type SqlResult } from './sql92/sql-filter.ts'
export { SqlFilters } from './sql92/sql-filters.ts'
// Tags
export { parseTags, tagCodes } from './tag/tag-expression.ts'
export { acceptsCodes, type TagFilter } from './tag/tag-filter.ts'
