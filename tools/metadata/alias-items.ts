// Aliases are made with their index, and told one by one after a look at the target.
import type { ItemReport } from '../../shared/domain/report.ts'
import type { Applied } from './apply.ts'
import { aliasDrift, type Drift } from './compare.ts'
import { isObject, type JsonObject, objectAt } from './json.ts'
import type { Holdings } from './target.ts'

/** Items of all aliases of an index. `found` is the index as the target has it now; null in a dry run, or unknown. */
export function aliasItems(applied: Applied, found: JsonObject | null, holdings: Holdings): ItemReport[] {
  const { draft, there } = applied
  const expected = objectAt(draft.body, 'aliases')
  return Object.keys(expected)
    .sort()
    .map((alias) => {
      const body = objectAt(expected, alias)
      const end = !there
        ? withoutIndex(applied)
        : found === null
          ? planned(alias, holdings)
          : compared(alias, body, objectAt(found, 'aliases'), applied.created)
      return aliasItem(`${draft.name}/${alias}`, body, end)
    })
}

function withoutIndex({ item, draft }: Applied): End {
  return {
    outcome: 'failed',
    action: 'refused',
    message: `Its index "${draft.name}" is not on the target`,
    remedy: item.detail.remedy,
  }
}

function planned(alias: string, { indexes }: Holdings): End {
  if (!indexes.has(alias))
    return { outcome: 'ok', action: 'create', message: 'It would be created with its index' }
  return {
    outcome: 'failed',
    action: 'refused',
    message: `The target has an index named "${alias}"`,
    remedy: 'Rename or remove the index of this name on the target',
  }
}

function compared(alias: string, body: JsonObject, existing: JsonObject, created: boolean): End {
  if (!Object.hasOwn(existing, alias))
    return {
      outcome: 'warning',
      action: 'differs',
      message: 'The index on the target does not have this alias',
      drift: [{ path: alias, expected: body }],
      remedy: 'Add the alias on the target',
    }
  const drift = aliasDrift(body, objectAt(existing, alias))
  if (drift.length > 0)
    return {
      outcome: 'warning',
      action: 'differs',
      message: 'The target has another alias of this name on the index',
      drift,
    }
  return created
    ? { outcome: 'ok', action: 'create', message: 'Created with its index; seen on the target' }
    : { outcome: 'ok', action: 'unchanged', message: 'The target has it already, equal to the source' }
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
