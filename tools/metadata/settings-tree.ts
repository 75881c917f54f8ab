// Index settings as one tree without the `index` level: `{number_of_shards, analysis: {…}}`.
import { isObject, type Json, type JsonObject } from './json.ts'

/** Every way a source may write settings (flat, nested, with or without `index.`) becomes one tree. */
export function settingsTree(settings: JsonObject): JsonObject {
  return unflatten(flatSettings(settings))
}

/** Dotted path without `index.` to value; arrays are values. */
export function flatSettings(settings: JsonObject): Map<string, Json> {
  const flat = new Map<string, Json>()
  flattenInto(flat, settings, '')
  return flat
}

function flattenInto(flat: Map<string, Json>, tree: JsonObject, prefix: string): void {
  for (const [key, value] of Object.entries(tree)) {
    const path = prefix === '' ? key.replace(/^index(\.|$)/, '') : `${prefix}.${key}`
    if (isObject(value) && (Object.keys(value).length > 0 || path === '')) flattenInto(flat, value, path)
    else if (path !== '' && value !== null) flat.set(path, value)
  }
}

/** No setting has so many levels; what has stays flat, so that no walk goes too deep. */
const maxLevels = 50

/** A key that is both a leaf and a parent (`a` and `a.b`) stays flat, so that neither is lost. */
function unflatten(flat: Map<string, Json>): JsonObject {
  const tree: JsonObject = {}
  for (const [path, value] of [...flat].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const names = path.split('.')
    if (names.length > maxLevels) {
      tree[path] = value
      continue
    }
    const clash = names.some((_, at) => at > 0 && flat.has(names.slice(0, at).join('.')))
    if (clash) tree[path] = value
    else place(tree, names, value)
  }
  return listsOf(tree)
}

function place(tree: JsonObject, names: string[], value: Json): void {
  let holder = tree
  for (const name of names.slice(0, -1)) {
    const next = Object.hasOwn(holder, name) ? holder[name] : undefined
    if (isObject(next)) holder = next
    else {
      const made: JsonObject = {}
      define(holder, name, made)
      holder = made
    }
  }
  define(holder, names.at(-1) ?? '', value)
}

/** Plain assignment to `__proto__` would change the object instead of adding a member. */
function define(holder: JsonObject, key: string, value: Json): void {
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true })
}

/** Old sources write lists as `{"0": …, "1": …}`. */
function listsOf(tree: JsonObject): JsonObject {
  for (const [key, value] of Object.entries(tree)) {
    if (!isObject(value)) continue
    const names = Object.keys(value)
    const isList = names.length > 0 && names.every((name, at) => name === String(at))
    define(tree, key, isList ? Object.values(value) : listsOf(value))
  }
  return tree
}

/** The value at a dotted path, however the tree is cut. */
export function settingAt(tree: JsonObject, path: string): Json | undefined {
  if (Object.hasOwn(tree, path)) return tree[path]
  for (const [key, value] of Object.entries(tree)) {
    if (!path.startsWith(`${key}.`) || !isObject(value)) continue
    const found = settingAt(value, path.slice(key.length + 1))
    if (found !== undefined) return found
  }
  return undefined
}

/** Takes out the value at a dotted path, and parents it leaves empty. Returns what was there. */
export function removeSetting(tree: JsonObject, path: string): Json | undefined {
  if (Object.hasOwn(tree, path)) {
    const value = tree[path]
    delete tree[path]
    return value
  }
  for (const [key, value] of Object.entries(tree)) {
    if (!path.startsWith(`${key}.`) || !isObject(value)) continue
    const found = removeSetting(value, path.slice(key.length + 1))
    if (found === undefined) continue
    if (Object.keys(value).length === 0) delete tree[key]
    return found
  }
  return undefined
}
