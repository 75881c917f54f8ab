import type { AwsKeys } from '../../shared/cluster/endpoint-rules.ts'

/**
 * Keys of the role that this process has: of the environment, a profile, a web identity, a container or a machine, in
 * the order and with the renewal of AWS's own SDK. Where they may be used is for the endpoint rules to say.
 */
export function cloudKeys(): () => Promise<AwsKeys> {
  let provider: ReturnType<typeof load> | undefined
  return async () => {
    provider ??= load()
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await (await provider)()
    return {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      ...(expiration === undefined ? {} : { expiresAt: expiration.toISOString() }),
    }
  }
}

/** Loaded at its first use: most doors have no such role. */
async function load() {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
  return defaultProvider()
}
