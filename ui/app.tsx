import { Route, Router, type RouteSectionProps } from '@solidjs/router'
import { ErrorBoundary, lazy, Match, Show, Suspense, Switch } from 'solid-js'
import { access, accessProblem, readMe } from './access/access.ts'
import { SignIn } from './access/sign-in.tsx'
import { uiBase } from './api/client.ts'
import { toProblem } from './live/loaded.ts'
import { SessionsPage } from './pages/sessions.tsx'
import { Announcer } from './parts/announcer.tsx'
import { ProblemCard } from './parts/problem-card.tsx'
import { Skeleton } from './parts/reading.tsx'
import { Shell } from './parts/shell.tsx'

const NotFoundPage = lazy(() => import('./pages/not-found.tsx'))
const SessionRoom = lazy(() => import('./pages/session-room.tsx'))
const OverviewPage = lazy(() => import('./pages/overview.tsx'))
const ConfigurePage = lazy(() => import('./pages/configure/configure.tsx'))
const MetadataPage = lazy(() => import('./pages/metadata/metadata.tsx'))
const SnapshotPage = lazy(() => import('./pages/snapshot/snapshot.tsx'))
const BackfillPage = lazy(() => import('./pages/backfill/backfill.tsx'))
const ValidatePage = lazy(() => import('./pages/validate/validate.tsx'))
const RunPage = lazy(() => import('./pages/run.tsx'))
const ActivityPage = lazy(() => import('./pages/activity.tsx'))
const SettingsPage = lazy(() => import('./pages/settings.tsx'))

/** Every address of the app. A page that is not the first is fetched when it is opened. */
export function App() {
  return (
    <Router base={uiBase} root={Door}>
      <Route path="/" component={SessionsPage} />
      <Route path="/settings" component={SettingsPage} />
      <Route path="/sessions/:session" component={SessionRoom}>
        <Route path="/" component={OverviewPage} />
        <Route path="/configure" component={ConfigurePage} />
        <Route path="/snapshot" component={SnapshotPage} />
        <Route path="/metadata" component={MetadataPage} />
        <Route path="/backfill" component={BackfillPage} />
        <Route path="/validate" component={ValidatePage} />
        <Route path="/runs/:run" component={RunPage} />
        <Route path="/activity" component={ActivityPage} />
      </Route>
      <Route path="*" component={NotFoundPage} />
    </Router>
  )
}

/** Lets in who is signed in. Where a sign-in ends, the page stays as it is, so that nothing written there is lost. */
function Door(props: RouteSectionProps) {
  return (
    <>
      <Switch>
        <Match when={access() === 'unknown'}>
          <div class="centre">
            <Skeleton lines={6} what="who is signed in" />
          </div>
        </Match>
        <Match when={access() === 'unreachable' && accessProblem()}>
          {(problem) => (
            <main class="centre">
              <ProblemCard problem={problem()} onRetry={() => void readMe()} />
            </main>
          )}
        </Match>
        <Match when={access() === 'out'}>
          <main class="centre">
            <SignIn />
          </main>
        </Match>
        <Match when={access() === 'in' || access() === 'expired'}>
          <Shell>
            <ErrorBoundary
              fallback={(error, reset) => <ProblemCard problem={toProblem(error)} onRetry={reset} />}
            >
              <Suspense fallback={<Skeleton lines={8} what="the page" />}>{props.children}</Suspense>
            </ErrorBoundary>
          </Shell>
          <Show when={access() === 'expired'}>
            <SignInAgain />
          </Show>
        </Match>
      </Switch>
      <Announcer />
    </>
  )
}

/** Over the page, which waits below with everything that was typed into it. */
function SignInAgain() {
  return (
    <dialog
      class="dialog"
      aria-label="Sign in again"
      ref={(dialog) => queueMicrotask(() => dialog.isConnected && dialog.showModal())}
      onCancel={(event) => event.preventDefault()}
    >
      <SignIn again />
    </dialog>
  )
}
