// Versions as the products number them.

/** OpenSearch sets this bit in its version ids to tell them from Elasticsearch's. */
const OPENSEARCH = 0x08000000
/** Above this an id counts changes of the index format (Elasticsearch 8.11 and later), and is no product version. */
const FIRST_INDEX_VERSION = 8_500_000

/** Which product an id is of. */
export function productOf(id: number): 'ES' | 'OS' {
  return (id & OPENSEARCH) !== 0 ? 'OS' : 'ES'
}

/** An id such as 7100299 or 136217927 taken apart; null for one that is no product version. */
export function productVersion(id: number): { product: 'ES' | 'OS'; number: string; major: number } | null {
  const product = productOf(id)
  const plain = product === 'OS' ? id ^ OPENSEARCH : id
  if (!Number.isInteger(plain) || plain < 10_000) return null
  if (product === 'ES' && plain >= FIRST_INDEX_VERSION) return null
  const major = Math.floor(plain / 1_000_000)
  return {
    product,
    major,
    number: `${major}.${Math.floor(plain / 10_000) % 100}.${Math.floor(plain / 100) % 100}`,
  }
}

/** The text of a snapshot's version, from its id and, where that says nothing, from the text beside it. */
export function versionText(
  id: number | bigint | undefined,
  text: string | number | bigint | undefined,
): string | null {
  const known = id === undefined ? null : productVersion(Number(id))
  if (known) return known.number
  return typeof text === 'string' && /^\d+\.\d+/.test(text) ? text : null
}

/** Had indexes created under this id mapping types? Elasticsearch before 7 did; 7.0 and OpenSearch do not. */
export function hasTypes(created: number): boolean {
  const known = productVersion(created)
  return known !== null && known.product === 'ES' && known.major < 7
}
