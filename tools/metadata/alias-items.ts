// Aliases are made with their index, and told one by one after a look at the target.
import type { ItemReport } from '../../shared/domain/report.ts'
import type { Applied } from './apply.ts'
import { aliasDrift, type Drift } from './compare.ts'
import { isObject, type JsonObject, objectAt } from './json.ts'
import type { Holdings } from './target.ts'

/** Items of all aliases of an index. `found` is the index as the target has it now; null in a dry run, or unknown. */
export function aliasItems(
  { item, draft, there, created }: Applied,
  found: JsonObject | null,
  holdings: Holdings,
): ItemReport[] {
  const expected = objectAt(draft.body, 'aliases')
  const existing = found === null ? null : objectAt(found, 'aliases')
  return Object.keys(expected)
    .sort()
    .map((alias): ItemReport => {
      const body = objectAt(expected, alias)
      const tell = (end: End): ItemReport => aliasItem(`${draft.name}/${alias}`, body, end)
      if (!there)
        return tell({
          outcome: 'failed',
          action: 'refused',
          message: `Its index "${draft.name}" is not on the target`,
          remedy: item.detail.remedy,
        })
      if (existing === null)
        return holdings.indexes.has(alias)
          ? tell({
              outcome: 'failed',
              action: 'refused',
              message: `The target has an index named "${alias}"`,
              remedy: 'Rename or remove the index of this name on the target',
            })
          : tell({ outcome: 'ok', action: 'create', message: 'It would be created with its index' })
      if (!Object.hasOwn(existing, alias))
        return tell({
          outcome: 'warning',
          action: 'differs',
          message: 'The index on the target does not have this alias',
          drift: [{ path: alias, expected: body }],
          remedy: 'Add the alias on the target',
        })
      const drift = aliasDrift(body, objectAt(existing, alias))
      if (drift.length > 0)
        return tell({
          outcome: 'warning',
          action: 'differs',
          message: 'The target has another alias of this name on the index',
          drift,
        })
      return tell({
        outcome: 'ok',
        action: created ? 'create' : 'unchanged',
        message: created
          ? 'Created with its index; seen on the target'
          : 'The target has it already, equal to the source',
      })
    })
}

type End = {
  outcome: ItemReport['outcome']
  action: ItemReport['detail']['action']
  message: string
  drift?: Drift
  remedy?: string | null
}

function aliasItem(
  name: string,
  body: JsonObject,
  { outcome, action, message, drift, remedy }: End,
): ItemReport {
  return {
    kind: 'alias',
    name,
    outcome,
    detail: {
      action,
      message,
      rules: [],
      changes: [],
      drift: drift ?? [],
      targetError: null,
      remedy: remedy ?? null,
      before: body,
      after: body,
      attempts: 0,
    },
  }
}

/** Aliases the target gave an index beyond what was asked, such as from its own templates. */
export function extraAliases(expected: JsonObject, found: JsonObject): Drift {
  const asked = objectAt(expected, 'aliases')
  return Object.entries(objectAt(found, 'aliases'))
    .filter(([alias, body]) => !Object.hasOwn(asked, alias) && isObject(body))
    .map(([alias, body]) => ({ path: `aliases.${alias}`, found: body }))
}
