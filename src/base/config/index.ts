// Configuration: tables of settings, `.properties` text with origins.
export {
  type ConfigTable,
  defineConfig,
  type ParsedConfig,
  type Setting,
  type SettingText,
  setting,
  unknownKey,
} from './define-config.ts'
export { configErrors } from './errors.ts'
export { nearest } from './nearest.ts'
export { parseProperties } from './properties.ts'
export { booleanText, integerText, plainText, wordText } from './values.ts'
