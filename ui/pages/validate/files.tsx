import { For, Show } from 'solid-js'
import type { Artifact } from '../../api/client.ts'
import { Icon } from '../../parts/icon.tsx'

const titles: Record<string, string> = {
  'certificate.json': 'Certificate, signed (JSON)',
  'certificate.html': 'Certificate to print',
  'validation.json': 'Report (JSON)',
  'validation.html': 'Report to print',
  'differences.ndjson': 'Every document that differs',
}

/** What can be taken away: the report, the certificate, the differences. */
export function Files(props: { artifacts: Artifact[] }) {
  const known = () => props.artifacts.filter(({ name }) => name in titles)
  return (
    <Show when={known().length > 0}>
      <ul class="file-list" aria-label="Files of the validation">
        <For each={known()}>
          {({ name, href }) => (
            <li>
              <a class="button quiet" href={href} download={name}>
                <Icon name="download" />
                {titles[name]}
              </a>
            </li>
          )}
        </For>
      </ul>
    </Show>
  )
}
