import { A } from '@solidjs/router'
import { For, Show } from 'solid-js'
import { may } from '../access/access.ts'
import type { Session } from '../api/client.ts'
import { Age } from '../parts/age.tsx'
import { Icon } from '../parts/icon.tsx'
import { StateChip } from '../parts/state-chip.tsx'
import { offeredActions } from '../words/actions.ts'
import { formatNumber } from '../words/format.ts'

type RowProps = {
  session: Session
  busy: boolean
  onArchive: () => void
  onClone: () => void
  onDelete: () => void
}

/** One session of the list. */
export function SessionRow(props: RowProps) {
  const shown = () =>
    Object.entries(props.session.actions).filter(
      ([name, { status }]) => name in offeredActions || status !== 'NotStarted',
    )
  return (
    <li class="session-row">
      <div class="session-main">
        <A href={`/sessions/${props.session.name}`} class="session-name">
          {props.session.name}
        </A>
        <p class="session-description quiet">{props.session.description}</p>
      </div>
      <div class="session-clusters">
        <End cluster={props.session.source} none="no source yet" />
        <Icon name="arrow" />
        <End cluster={props.session.target} none="no target yet" />
      </div>
      <ul class="session-actions">
        <For each={shown()}>
          {([name, { status, percent }]) => (
            <li>
              <span class="quiet">{name}</span> <StateChip status={status} percent={percent} />
            </li>
          )}
        </For>
      </ul>
      <div class="session-facts quiet">
        <Show when={props.session.openIssues > 0}>
          <span class="strong">{formatNumber(props.session.openIssues)} open issues</span>
        </Show>
        <span>
          active <Age at={props.session.lastActivityAt} />
        </span>
      </div>
      <div class="session-buttons">
        <Show when={may('operator')}>
          <button
            type="button"
            class="button quiet"
            aria-label={`Clone ${props.session.name}`}
            onClick={() => props.onClone()}
          >
            Clone
          </button>
          <button
            type="button"
            class="button quiet"
            disabled={props.busy}
            aria-label={`${props.session.archivedAt ? 'Bring back' : 'Archive'} ${props.session.name}`}
            onClick={() => props.onArchive()}
          >
            {props.session.archivedAt ? 'Bring back' : 'Archive'}
          </button>
        </Show>
        <Show when={may('admin') && props.session.archivedAt}>
          <button
            type="button"
            class="button quiet"
            aria-label={`Delete ${props.session.name}`}
            onClick={() => props.onDelete()}
          >
            Delete…
          </button>
        </Show>
      </div>
    </li>
  )
}

function End(props: { cluster: Session['source']; none: string }) {
  return (
    <Show when={props.cluster} fallback={<span class="quiet">{props.none}</span>}>
      {(cluster) => (
        <span class="cluster-end" title={cluster().endpoint ?? ''}>
          <span class="strong">{cluster().version ?? 'version unknown'}</span>
          <span class="quiet ellipsis">
            {cluster().endpoint?.replace(/^https?:\/\//, '') ?? 'no endpoint'}
          </span>
        </span>
      )}
    </Show>
  )
}
