/** Why a tool could not do its work at all. `message` is written by us and holds no credential. */
export class ToolFailure extends Error {
  readonly code: string
  readonly remedy: string | null
  readonly evidence: Record<string, unknown>

  constructor(
    code: string,
    message: string,
    extra: { remedy?: string; evidence?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, { cause: extra.cause })
    this.name = 'ToolFailure'
    this.code = code
    this.remedy = extra.remedy ?? null
    this.evidence = extra.evidence ?? {}
  }
}
