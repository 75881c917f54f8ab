import { elasticsearchFrom, isOpenSearch } from '../gates.ts'
import type { Rule } from './rule.ts'

/** What OpenSearch takes at the root of an ingest pipeline. */
const known = ['description', 'version', 'processors', 'on_failure']

export const pipelineKeys: Rule = {
  id: 'pipeline-keys',
  title: 'Keys of ingest pipelines that OpenSearch has not are left out',
  applies: ({ source, target }) => elasticsearchFrom(source, 5) && isOpenSearch(target),
  apply(draft, pen) {
    if (draft.kind !== 'ingestPipeline') return
    for (const key of Object.keys(draft.body))
      if (!known.includes(key)) pen.remove(draft.body, key, key, 'OpenSearch has no such key')
  },
}
