// The browser's door: theme, sign-in by link, then the app.
import { render } from 'solid-js/web'
import { enter } from './access/access.ts'
import { App } from './app.tsx'
import { applyTheme } from './parts/theme-switch.tsx'
import './style.css'
import './base.css'
import './parts/parts.css'

applyTheme()
void enter()
const root = document.getElementById('app')
if (root) render(() => <App />, root)
