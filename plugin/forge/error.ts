/** GitHub or GitLab could not be told. Each code says what kind of mending it takes. */
export class ForgeError extends Error {
  override readonly name = 'ForgeError'

  constructor(
    /**
     * `FORGE_EVENT`: what the runner says of the pull request cannot be read. `FORGE_TOKEN`: none is set, or it is not valid.
     * `FORGE_RIGHTS`: it may not write. `FORGE_ANSWER`: any other refusal. `FORGE_UNREACHABLE`: no answer at all.
     */
    readonly code: 'FORGE_EVENT' | 'FORGE_TOKEN' | 'FORGE_RIGHTS' | 'FORGE_ANSWER' | 'FORGE_UNREACHABLE',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
