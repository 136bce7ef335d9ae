// Files as a port.
export {
  type DirectoryEntry,
  type DiskSpace,
  type FileFacts,
  type Files,
  isNoRoom,
  type OpenFile,
  type OpenOptions,
} from './files.ts'
export { loadKeptFile, saveKeptFile, stageKeptFile } from './kept-file.ts'
export { nodeFiles } from './node-files.ts'
export { type FileCall, SimulatedFiles } from './simulated-files.ts'
