/** Where the log lies below the store's directory. */
export const COMMIT_LOG_DIRECTORY = 'commitlog'

/** Where the index lies. */
export const INDEX_DIRECTORY = 'index'
