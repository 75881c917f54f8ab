import { createSignal, For } from 'solid-js'

type Theme = 'system' | 'light' | 'dark'
const KEY = 'migration-assistant.theme'
const themes: [Theme, string][] = [
  ['system', 'System'],
  ['light', 'Light'],
  ['dark', 'Dark'],
]

function kept(): Theme {
  const found = localStorage.getItem(KEY)
  return found === 'light' || found === 'dark' ? found : 'system'
}

/** Sets the theme that was chosen before; called before the first paint. */
export function applyTheme(theme: Theme = kept()): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

export function ThemeSwitch() {
  const [theme, setTheme] = createSignal(kept())
  function choose(next: Theme) {
    setTheme(next)
    localStorage.setItem(KEY, next)
    applyTheme(next)
  }
  return (
    <label class="theme-switch">
      <span class="visually-hidden">Theme</span>
      <select
        onChange={(event) =>
          choose(themes.find(([value]) => value === event.currentTarget.value)?.[0] ?? 'system')
        }
      >
        <For each={themes}>
          {([value, word]) => (
            <option value={value} selected={value === theme()}>
              {word}
            </option>
          )}
        </For>
      </select>
    </label>
  )
}
