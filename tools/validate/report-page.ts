import type { Check } from '../../shared/domain/run.ts'
import { escapeHtml, page, table } from './html.ts'
import type { ValidationReport } from './report.ts'

const words = {
  pass: '<span class="good">✓ pass</span>',
  warn: '<span class="warn">! warn</span>',
  fail: '<span class="bad">✗ fail</span>',
  unknown: '<span class="bad">? unknown</span>',
  skipped: '– skipped',
} as const

/** The report as a page to print. */
export function reportPage(report: ValidationReport): string {
  const { run, checkedAt, checks, source, target, snapshot, counts, findings } = report
  const facts = table(
    ['What', ''],
    [
      ['Run', `<code>${escapeHtml(run)}</code>`],
      ['Checked at', escapeHtml(checkedAt)],
      ['Checks', escapeHtml(checks.join(', '))],
      ['Source', source === null ? 'none' : `<code>${escapeHtml(source)}</code>`],
      ['Target', `<code>${escapeHtml(target)}</code>`],
      ['Snapshot', snapshot === null ? 'none' : `<code>${escapeHtml(snapshot)}</code>`],
      [
        'Result',
        escapeHtml(
          Object.entries(counts)
            .map(([status, count]) => `${count} ${status}`)
            .join(', '),
        ),
      ],
    ],
  )
  const found =
    findings.length === 0
      ? '<p>Every check passed.</p>'
      : table(['Status', 'Check', 'What was found', 'What to do'], findings.map(row))
  return page('Validation report', `${facts}<h2>Findings</h2>${found}`)
}

const EVIDENCE_SHOWN = 4_000

function row({ id, scope, status, message, evidence, remedy }: Check): string[] {
  const details = JSON.stringify(evidence, null, 1)
  const shown = details.length > EVIDENCE_SHOWN ? `${details.slice(0, EVIDENCE_SHOWN)} …` : details
  return [
    words[status],
    `<code>${escapeHtml(id)}</code><br>${escapeHtml(scope ?? '')}`,
    `${escapeHtml(message)}${details === '{}' ? '' : `<pre>${escapeHtml(shown)}</pre>`}`,
    escapeHtml(remedy ?? ''),
  ]
}
