/** What a boot does where its options say nothing, here and in a container. */
export const BOOT_DEFAULTS = {
  /** One worker: it alone serves all requests, so that its heap tells what each of them leaves behind. */
  workers: 1,
  /**
   * Longest wait for a start, in ms. nginx itself is up in milliseconds; init_by_lua may read large files, and each
   * location may parse the certificates of all authorities anew.
   */
  startTimeoutMs: 60_000,
} as const
