import type { Panel, PanelHost } from '@parley/core'
import { addStyles } from '@parley/loader/dom'
import { mount as mountComponent, unmount } from 'svelte'
import { Model } from './model.svelte.ts'
import PanelView from './Panel.svelte'
import { text as css } from './panel.css'
import { words } from './words.ts'

/** Puts the panel into the loader's shadow root. It uses the loader's connection, and opens none of its own. */
export async function mount(host: PanelHost): Promise<Panel> {
  const model = new Model(host, await words(host.parent.lang))
  addStyles(host.root, css)
  const target = document.createElement('div')
  host.parent.prepend(target)
  const view = mountComponent(PanelView, { target, props: { model } })
  addEventListener('storage', stored)
  document.addEventListener('visibilitychange', see)

  function stored(event: StorageEvent) {
    if (event.key?.startsWith(`parley-${host.property}:`)) model.conversation.reload()
  }

  function see() {
    model.conversation.see(model.open && !document.hidden)
  }

  return {
    show(open) {
      model.open = open
      see()
    },
    destroy() {
      removeEventListener('storage', stored)
      document.removeEventListener('visibilitychange', see)
      model.conversation.stop()
      void unmount(view)
      target.remove()
    },
  }
}
