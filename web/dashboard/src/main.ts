import '@parley/ui/tokens.css'
import '@parley/ui/base.css'
import { mount } from 'svelte'
import App from './app/App.svelte'
import { startClock } from './lib/clock.svelte'
import { startNavigation } from './lib/navigation.svelte'
import { loadMe } from './lib/session.svelte'
import { startTheme } from './lib/theme'

startTheme()
startNavigation()
startClock()
await loadMe()
mount(App, { target: document.getElementById('app') as HTMLElement })
