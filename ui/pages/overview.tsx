import { A, useNavigate, useParams } from '@solidjs/router'
import { Match, Show, Switch } from 'solid-js'
import { may } from '../access/access.ts'
import { getBackfillStatus } from '../api/backfill.ts'
import { api, ok } from '../api/client.ts'
import {
  getCluster,
  getConfig,
  getLatestEvents,
  getMetadataStatus,
  getSession,
  getVersions,
} from '../api/queries.ts'
import { getSnapshotStatus } from '../api/snapshot.ts'
import { getValidateStatus } from '../api/validate.ts'
import { startMetadata } from '../api/writes.ts'
import { watchLive } from '../live/live.tsx'
import { createLoaded } from '../live/loaded.ts'
import { createSubmit } from '../live/submit.ts'
import { ApiCall } from '../parts/api-call.tsx'
import { EventList } from '../parts/event-list.tsx'
import { IssueList } from '../parts/issue-list.tsx'
import { Page } from '../parts/page.tsx'
import { ProblemCard } from '../parts/problem-card.tsx'
import { Reading, Skeleton } from '../parts/reading.tsx'
import { statusOf } from '../words/backfill.ts'
import { plural } from '../words/format.ts'
import { type Facts, nextStep, stepsOf } from '../words/next-step.ts'
import { isTerminal } from '../words/states.ts'
import { ClusterPanel } from './cluster-panel.tsx'
import { Track } from './track.tsx'

/** One migration at a glance: where it stands, what comes next, what is wrong, and how both clusters are. */
export default function OverviewPage() {
  const params = useParams<{ session: string }>()
  const name = () => params.session
  const session = createLoaded(getSession, () => [name()])
  const config = createLoaded(getConfig, () => [name()])
  const versions = createLoaded(getVersions, () => [name()])
  const source = createLoaded(getCluster, () => [name(), 'source' as const])
  const target = createLoaded(getCluster, () => [name(), 'target' as const])
  const metadata = createLoaded(getMetadataStatus, () => [name()])
  const snapshot = createLoaded(getSnapshotStatus, () => [name()])
  const backfill = createLoaded(getBackfillStatus, () => [name()])
  const validate = createLoaded(getValidateStatus, () => [name()])
  const events = createLoaded(getLatestEvents, () => [name()])

  // The parts come at once, so that none pushes another about.
  const settled = () =>
    [config, versions, source, target, snapshot, metadata, backfill, validate, events].every(
      (part) => part.value() !== undefined || part.problem() !== undefined,
    )
  const backfilling = () => backfill.value() && !isTerminal(statusOf(backfill.value()?.phase ?? 'Unknown'))
  const open = () =>
    !isTerminal(validate.value()?.status) ||
    !isTerminal(metadata.value()?.status) ||
    !isTerminal(snapshot.value()?.status) ||
    backfilling() !== false
  watchLive({
    types: ['run.state', 'run.phase', 'run.progress'],
    open,
    changed: () =>
      void Promise.all([metadata, snapshot, backfill, validate, events].map((part) => part.reload())),
  })
  watchLive({
    types: ['cluster.', 'config.', 'secret.', 'session.'],
    open: () => false,
    changed: () => void Promise.all([config, versions, source, target, events].map((part) => part.reload())),
  })

  const issues = () => [snapshot, metadata, backfill, validate].flatMap((part) => part.value()?.issues ?? [])
  /** Checks that failed or could not be made: what is found there is no issue of a run. */
  const unproven = () => validate.value()?.items.failed ?? 0
  const openPercent = () => stepsOf(facts()).find(({ percent }) => percent !== null)?.percent
  const facts = (): Facts => {
    const [latest] = versions.value()?.items ?? []
    const document = config.value()?.document
    return {
      version: Number(/\d+/.exec(config.value()?.etag ?? '')?.[0] ?? 0),
      valid: latest?.valid,
      errors: latest?.errors.length ?? 0,
      hasSource: document?.source !== undefined,
      hasTarget: document?.target !== undefined,
      hasRepository: Object.keys(document?.repositories ?? {}).length > 0,
      source: source.value(),
      target: target.value(),
      snapshot: snapshot.value(),
      metadata: metadata.value(),
      backfill: backfill.value(),
      validate: validate.value(),
    }
  }
  return (
    <Page
      title={name()}
      percent={openPercent()}
      heading={
        <>
          {name()} <span class="description quiet">{session.value()?.description}</span>
        </>
      }
    >
      <Show when={settled()} fallback={<Skeleton lines={24} what="the session" />}>
        <Reading of={config} what="the session" lines={10}>
          {() => (
            <>
              <Track steps={stepsOf(facts())} session={name()} />
              <Next facts={facts()} session={name()} />
            </>
          )}
        </Reading>
        <div class="columns">
          <ClusterPanel side="source" session={name()} view={source} />
          <ClusterPanel side="target" session={name()} view={target} />
        </div>
        <section aria-labelledby="issues">
          <h2 id="issues">Open issues</h2>
          <Show when={unproven() > 0}>
            <p>
              <A href={`/sessions/${name()}/validate`}>{plural(unproven(), 'check')}</A> of the latest
              validation did not pass.
            </p>
          </Show>
          <Reading of={metadata} what="the issues" lines={2}>
            {(status) => (
              <Show
                when={issues().length > 0}
                fallback={
                  <p class="quiet" hidden={unproven() > 0}>
                    {status().run || backfill.value()?.run || snapshot.value()?.run || validate.value()?.run
                      ? 'The latest runs found no issue.'
                      : 'Nothing has run yet, so nothing was found.'}
                  </p>
                }
              >
                <IssueList issues={issues()} />
              </Show>
            )}
          </Reading>
        </section>
        <section aria-labelledby="activity">
          <h2 id="activity">Activity</h2>
          <Reading of={events} what="the activity" lines={6}>
            {(page) => <EventList events={page().items} session={name()} most={8} />}
          </Reading>
          <p>
            <A href={`/sessions/${name()}/activity`}>All activity</A>
          </p>
        </section>
        <ApiCall call={{ method: 'GET', path: `/sessions/${name()}` }} />
      </Show>
    </Page>
  )
}

/** The next step, in one click where it can be done from here. */
function Next(props: { facts: Facts; session: string }) {
  const navigate = useNavigate()
  const next = () => nextStep(props.facts)
  const base = () => `/sessions/${props.session}`
  const test = createSubmit(async () => {
    const roles = props.facts.hasSource ? (['source', 'target'] as const) : (['target'] as const)
    for (const role of roles)
      await ok(
        api.POST('/sessions/{session}/clusters/{role}/test', {
          params: { path: { session: props.session, role } },
        }),
      )
  })
  const evaluate = createSubmit(async () => {
    await startMetadata(props.session, { dryRun: true })
    navigate(`${base()}/metadata`)
  })
  const problem = () => test.problem() ?? evaluate.problem()
  return (
    <section class="next" aria-label="What is next">
      <div>
        <p class="next-label quiet">What’s next</p>
        <p class="next-title">{next().title}</p>
        <p class="quiet">{next().why}</p>
      </div>
      <Switch>
        <Match when={next().doing === 'test' && may('operator')}>
          <button type="button" class="button primary" disabled={test.busy()} onClick={() => void test.run()}>
            {test.busy() ? 'Testing…' : next().label}
          </button>
        </Match>
        <Match when={next().doing === 'evaluate' && may('operator')}>
          <button
            type="button"
            class="button primary"
            disabled={evaluate.busy()}
            onClick={() => void evaluate.run()}
          >
            {evaluate.busy() ? 'Starting…' : next().label}
          </button>
        </Match>
        <Match when={next().doing !== 'none' && next().doing !== 'test' && next().doing !== 'evaluate'}>
          <A class="button primary" href={`${base()}/${next().doing}`}>
            {next().label}
          </A>
        </Match>
      </Switch>
      <Show when={problem()}>{(found) => <ProblemCard problem={found()} />}</Show>
    </section>
  )
}
