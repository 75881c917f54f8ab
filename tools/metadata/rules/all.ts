// The rules in the order they are applied: an item passes them all.
import type { Pair } from '../gates.ts'
import { analysisComponents } from './analysis.ts'
import { jodaDateFormats } from './dates.ts'
import { fieldParameters } from './field-params.ts'
import { fieldTypes } from './field-types.ts'
import { knnForServerless, knnSettingsToMethod, nmslibToFaiss } from './knn.ts'
import { pipelineKeys } from './pipelines.ts'
import { privateSettings } from './private-settings.ts'
import { replicasPerZone } from './replicas.ts'
import { rootParameters } from './root-params.ts'
import type { Rule } from './rule.ts'
import { classicSimilarity, gramLimits, routingShards } from './settings.ts'
import { stringToTextOrKeyword } from './strings.ts'
import { denseVectorToKnnVector } from './vectors.ts'

/** For bodies as the source gave them. */
export const bodyRules: Rule[] = [
  pipelineKeys,
  stringToTextOrKeyword,
  denseVectorToKnnVector,
  knnSettingsToMethod,
  nmslibToFaiss,
  knnForServerless,
  fieldTypes,
  fieldParameters,
  rootParameters,
  jodaDateFormats,
  analysisComponents,
  gramLimits,
  classicSimilarity,
  routingShards,
]

/** What holds for the target whoever wrote the body: applied after the user's transforms. */
export const targetRules: Rule[] = [privateSettings, replicasPerZone]

/** Rules the tool applies outside the table, so that a result can name them. */
export const otherRules: Pick<Rule, 'id' | 'title'>[] = [
  { id: 'shape', title: 'Templates are written in the shape OpenSearch takes' },
  { id: 'mapping-types', title: 'Mapping types become one mapping' },
  { id: 'multi-types', title: 'Mapping types go to the indexes the user chose' },
  { id: 'parent-to-join', title: '_parent becomes a join field' },
  { id: 'user-transform', title: "The user's own transforms" },
  { id: 'target-refused', title: 'Keys the target refused are left out' },
]

export function rulesFor(pair: Pair, rules: Rule[]): Rule[] {
  return rules.filter((rule) => rule.applies(pair))
}
