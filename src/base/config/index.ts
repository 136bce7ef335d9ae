// Configuration: tables of settings, `.properties` text with origins.
export {
  type ConfigTable,
  defineConfig,
  type ParsedConfig,
  type Setting,
  type SettingText,
  setting,
} from './define-config.ts'
export { configErrors } from './errors.ts'
export { type ChangedConfig, LiveConfig } from './live-config.ts'
export { nearest } from './nearest.ts'
export { type PropertyDocument, parseProperties, parsePropertyDocuments } from './properties.ts'
export { readConfigText } from './read-text.ts'
export {
  booleanText,
  durationText,
  integerText,
  listText,
  multipleText,
  neverText,
  numberText,
  onlyText,
  plainText,
  wordText,
} from './values.ts'
export { parseYamlDocuments } from './yaml.ts'
