// GET /signing-key
import { SigningKey } from '../../shared/domain/certificate.ts'
import { operation, route } from '../../shared/http/route.ts'
import { Problem } from '../../shared/problems.ts'

/** The public key under which certificates are signed, for whoever verifies them without us. */
export default route().get(
  '/signing-key',
  operation({
    id: 'systemSigningKey',
    summary: 'Public key of the certificates',
    access: 'viewer',
    returns: { 200: SigningKey },
    problems: ['signing_key_not_set'],
  }),
  (c) => {
    const { signer } = c.var
    if (signer === null) throw new Problem('signing_key_not_set', 'Set MA_SIGNING_KEY, and start again')
    const { keyId, publicKey } = signer
    return c.json({ algorithm: 'Ed25519' as const, keyId, publicKey })
  },
)
