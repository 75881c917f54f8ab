import type { ApiProblem, SnapshotSummary } from '../../api/client.ts'
import { ApiCall } from '../../parts/api-call.tsx'
import { NameDialog } from '../../parts/name-dialog.tsx'
import { formatMoment, plural } from '../../words/format.ts'

type Props = {
  snapshot: SnapshotSummary
  session: string
  busy: boolean
  problem: ApiProblem | undefined
  onConfirm: () => void
  onClose: () => void
}

/** Says what goes with a snapshot and what does not, and wants its name. */
export function DeleteDialog(props: Props) {
  const { name, repository } = props.snapshot
  const taken = () => (props.snapshot.startedAt ? `, taken ${formatMoment(props.snapshot.startedAt)}` : '')
  return (
    <NameDialog
      title="Delete the snapshot"
      name={name}
      verb="Delete the snapshot"
      busy={props.busy}
      problem={props.problem}
      deletes={[
        `The snapshot ${name} with its ${plural(props.snapshot.indexes.length, 'index', 'indexes')}${taken()}`,
        `Those files in the repository ${repository} that no other snapshot uses`,
      ]}
      keeps={[
        'Other snapshots, and the files they share with this one',
        'The indexes of the source, which carries the deletion out',
        'The target and everything that was moved to it',
      ]}
      onConfirm={props.onConfirm}
      onClose={props.onClose}
    >
      <p>It cannot be undone. A backfill from this snapshot cannot be gone on with afterwards.</p>
      <ApiCall
        call={{
          method: 'DELETE',
          path: `/sessions/${props.session}/snapshots/${name}?repository=${repository}&confirm=${name}`,
        }}
      />
    </NameDialog>
  )
}
