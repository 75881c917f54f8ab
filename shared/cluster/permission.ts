import { foreignText } from './foreign-text.ts'

export type Denied = { permission?: string; user?: string; grantedBy?: string }

const shapes: { permission: RegExp; user: RegExp; grantedBy?: RegExp }[] = [
  // Elasticsearch: action [cluster:monitor/main] is unauthorized for user [reader] with roles [ro], this action is
  // granted by the cluster privileges [monitor,manage,all]
  {
    permission: /action \[([\w:*/.-]+)\] is unauthorized/,
    user: /unauthorized for (?:user|API key id) \[([^\]]+)\]/,
    grantedBy: /granted by the (?:cluster|index) privileges \[([^\]]+)\]/,
  },
  // OpenSearch security: no permissions for [indices:data/read/search] and User [name=reader, backend_roles=[], …]
  { permission: /no permissions for \[([\w:*/., -]+)\]/, user: /User \[name=([^,\]]+)/ },
  // AWS: User: arn:aws:iam::123456789012:role/ma is not authorized to perform: es:ESHttpGet
  { permission: /not authorized to perform: ([\w:*-]+)/, user: /User: (\S+) is not authorized/ },
]

/** Which permission a 403 says is missing, and for whom. Empty where the text does not say. */
export function deniedPermission(text: string): Denied {
  for (const { permission, user, grantedBy } of shapes) {
    const found = permission.exec(text)?.[1]
    if (!found) continue
    const denied: Denied = { permission: foreignText(found, 200) }
    const whom = user.exec(text)?.[1]
    const grants = grantedBy?.exec(text)?.[1]
    if (whom) denied.user = foreignText(whom, 200)
    if (grants) denied.grantedBy = foreignText(grants, 200)
    return denied
  }
  return {}
}
