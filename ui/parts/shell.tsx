import { A } from '@solidjs/router'
import { type JSX, Show } from 'solid-js'
import { me, signOut } from '../access/access.ts'
import { apiBase } from '../api/client.ts'
import { createSubmit } from '../live/submit.ts'
import { ProblemCard } from './problem-card.tsx'
import { ThemeSwitch } from './theme-switch.tsx'

/** What surrounds every page. */
export function Shell(props: { children: JSX.Element }) {
  const leave = createSubmit(signOut)
  return (
    <>
      <button type="button" class="skip-link" onClick={skip}>
        Skip to the content
      </button>
      <header class="bar">
        <A href="/" class="brand" end>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <rect width="16" height="16" rx="3" />
            <path d="M3.5 8h8M8.5 4.5 12 8l-3.5 3.5" />
          </svg>
          <span>Migration Assistant</span>
        </A>
        <nav aria-label="Main">
          <A href="/" end>
            Sessions
          </A>
          <A href="/settings">Settings</A>
          <a href={`${apiBase}/docs`} rel="external">
            API
          </a>
        </nav>
        <div class="bar-end">
          <ThemeSwitch />
          <span class="who quiet" title={`Role ${me()?.role ?? ''}`}>
            {me()?.name}
          </span>
          <button type="button" class="button quiet" disabled={leave.busy()} onClick={() => void leave.run()}>
            Sign out
          </button>
        </div>
      </header>
      <main id="main" tabindex={-1}>
        <Show when={leave.problem()}>
          {(problem) => <ProblemCard doing="Not signed out" problem={problem()} />}
        </Show>
        {props.children}
      </main>
    </>
  )
}

/** A button, not a link to a fragment: fragments belong to the sign-in. */
function skip() {
  document.getElementById('main')?.focus()
}
