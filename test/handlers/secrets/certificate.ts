/** Two texts that stand for certificates: what binds a secret is the text, not what it says. */
export const testCertificates = {
  ca: '-----BEGIN CERTIFICATE-----\nb25l\n-----END CERTIFICATE-----\n',
  otherCa: '-----BEGIN CERTIFICATE-----\ndHdv\n-----END CERTIFICATE-----\n',
}
