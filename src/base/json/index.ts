// JSON as Java's fastjson writes it.
export { parseJavaJson } from './java-json.ts'
