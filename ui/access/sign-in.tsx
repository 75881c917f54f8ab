import { createSignal, Show } from 'solid-js'
import { createSubmit } from '../live/submit.ts'
import { TextField } from '../parts/field.tsx'
import { ProblemCard } from '../parts/problem-card.tsx'
import { accessProblem, signIn } from './access.ts'

/** Takes a token. The start link signs in without it. */
export function SignIn(props: { again?: boolean }) {
  const [token, setToken] = createSignal('')
  const submit = createSubmit(async () => signIn({ token: token().trim() }))
  return (
    <form
      class="sign-in"
      onSubmit={(event) => {
        event.preventDefault()
        if (token().trim()) void submit.run()
      }}
    >
      <h1>{props.again ? 'Sign in again' : 'Migration Assistant'}</h1>
      <p class="quiet">
        {props.again
          ? 'The sign-in has ended. The page below stays as it is.'
          : 'Sign in with a token, or with the link that was printed at the start.'}
      </p>
      <Show when={accessProblem()}>{(problem) => <ProblemCard problem={problem()} />}</Show>
      <TextField
        label="Token"
        type="password"
        autocomplete="current-password"
        value={token()}
        onInput={setToken}
        hint={
          <>
            The first admin token is in the file <code>admin-token</code> of the data folder.
          </>
        }
      />
      <button type="submit" class="button primary" disabled={submit.busy() || token().trim() === ''}>
        {submit.busy() ? 'Signing in…' : 'Sign in'}
      </button>
    </form>
  )
}
