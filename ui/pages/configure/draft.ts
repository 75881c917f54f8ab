// The draft that is being edited: the document, what it began from, and what is wrong with it.
import { revalidate } from '@solidjs/router'
import { createEffect, createSignal, on, onCleanup } from 'solid-js'
import { may } from '../../access/access.ts'
import { ApiProblem, api, type FieldError, ok } from '../../api/client.ts'
import { getCluster, getConfig, getVersions } from '../../api/queries.ts'
import { saveConfig } from '../../api/writes.ts'
import { createLoaded, type Loaded, toProblem } from '../../live/loaded.ts'
import { createSubmit, type Submit } from '../../live/submit.ts'
import { fieldId } from '../../parts/field.tsx'
import { canonical, getAt, isObject, type Json, setAt } from '../../words/pointer.ts'

const JUDGE_MS = 400

export type Saved = { document: Json; etag: string }
export type Draft = {
  session: string
  loaded: Loaded<Saved>
  document(): Json
  base(): Saved
  dirty(): boolean
  text(path: string): string
  set(path: string, value: unknown): void
  replace(document: Json): void
  errors(): FieldError[]
  /** The errors to show at a field: those of fields that were left, or of everything once it was saved. */
  errorsAt(path: string): FieldError[]
  touch(id: string): void
  save: Submit<[], boolean>
  /** What somebody else saved since this draft was begun. */
  theirs(): Saved | undefined
  /** Goes on from their version with this document. */
  rebase(document: Json): void
  discard(): void
}

export function createDraft(session: string): Draft {
  const loaded = createLoaded(getConfig, () => [session])
  const [base, setBase] = createSignal<Saved>({ document: {}, etag: '"0"' })
  const [document, setDocument] = createSignal<Json>({})
  const [theirs, setTheirs] = createSignal<Saved>()
  const [touched, setTouched] = createSignal<ReadonlySet<string>>(new Set())
  const [attempted, setAttempted] = createSignal(false)
  const dirty = () => canonical(document()) !== canonical(base().document)
  const errors = createErrors(session, document)
  const kept = keepInBrowser(session)
  let begun = false

  function begin(saved: Saved) {
    setBase(saved)
    setDocument(saved.document)
    setTheirs(undefined)
    setAttempted(Object.keys(saved.document).length > 0)
  }
  /** What the API has: taken where nothing was changed here; set beside the draft where something was. */
  function meet(saved: Saved) {
    if (saved.etag === base().etag) return
    if (canonical(saved.document) === canonical(document())) setBase(saved)
    else if (dirty()) setTheirs(saved)
    else begin(saved)
  }
  createEffect(
    on(loaded.value, (saved) => {
      if (!saved) return
      if (begun) return meet(saved)
      begun = true
      const mine = kept.read()
      begin(mine?.base ?? saved)
      if (!mine) return
      setDocument(mine.document)
      meet(saved)
    }),
  )
  createEffect(
    on(
      [document, base],
      () => begun && (dirty() ? kept.write({ base: base(), document: document() }) : kept.forget()),
    ),
  )

  const save = createSubmit(async () => {
    setAttempted(true)
    const sent = document()
    try {
      const etag = await saveConfig(session, sent, base().etag)
      setBase({ document: sent, etag })
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 412) throw error
      await loaded.reload()
      return false
    }
    void Promise.all([loaded.reload(), reloadAbout(session)])
    return true
  })

  return {
    session,
    loaded,
    document,
    base,
    dirty,
    errors,
    save,
    theirs,
    text: (path) => textOf(getAt(document(), path)),
    set: (path, value) => setDocument((before) => setAt(before, path, value)),
    replace: (next) => setDocument(next),
    errorsAt: (path) =>
      errors().filter((error) => error.path === path && (attempted() || touched().has(fieldId(path)))),
    touch: (id) => setTouched((before) => new Set([...before, id])),
    rebase(next) {
      const now = theirs()
      if (now) begin(now)
      setDocument(next)
    },
    discard: () => begin(theirs() ?? base()),
  }
}

async function reloadAbout(session: string) {
  await revalidate([
    getVersions.keyFor(session),
    getCluster.keyFor(session, 'source'),
    getCluster.keyFor(session, 'target'),
  ])
}

/** Asks the API what is wrong, a moment after the last change. What it cannot be asked stays as it was. */
function createErrors(session: string, document: () => Json) {
  const [errors, setErrors] = createSignal<FieldError[]>([])
  let asked = 0
  createEffect(() => {
    const body = document()
    const mine = ++asked
    if (!may('operator')) return
    const timer = setTimeout(async () => {
      const found = await ok(
        api.POST('/sessions/{session}/config/validate', { params: { path: { session } }, body }),
      ).catch((error: unknown) => ({ errors: toProblem(error).errors }))
      if (mine === asked) setErrors(found.errors)
    }, JUDGE_MS)
    onCleanup(() => clearTimeout(timer))
  })
  return errors
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined || isObject(value) ? '' : String(value)
}

type Kept = { base: Saved; document: Json }

/** A reload or a closed tab loses nothing. The document names secrets and never holds one. */
function keepInBrowser(session: string) {
  const key = `migration-assistant.draft.${session}`
  return {
    read(): Kept | undefined {
      try {
        return JSON.parse(sessionStorage.getItem(key) ?? 'null') ?? undefined
      } catch {
        return undefined
      }
    },
    write: (kept: Kept) => sessionStorage.setItem(key, JSON.stringify(kept)),
    forget: () => sessionStorage.removeItem(key),
  }
}
