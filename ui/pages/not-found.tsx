import { A } from '@solidjs/router'
import { Page } from '../parts/page.tsx'

export default function NotFoundPage() {
  return (
    <Page title="No such page">
      <p>
        Nothing is at this address. <A href="/">All sessions</A>
      </p>
    </Page>
  )
}
