import { RuntimeError } from '../../base/runtime-error.js'

/** What is said of a server whose files are kept. */
export function keptNotice(folder: string): string {
  return `conf, logs and snapshots stay in ${folder}`
}

/** A start that failed, with where its files are that the user asked to keep. */
export function keptError(error: RuntimeError, folder: string): RuntimeError {
  return new RuntimeError(error.code, `${error.message}\nThe conf as it was run, and its log, stay in ${folder}`, {
    cause: error,
  })
}
