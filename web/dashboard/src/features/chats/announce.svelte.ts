import { t } from '../../lib/i18n.svelte'
import { kept } from '../../lib/kept'
import { go } from '../../lib/navigation.svelte'
import { address } from '../../lib/router'
import type { Alert } from './alerts'
import { visitorName } from './names'
import { allowSound, chime } from './sound'
import { windows } from './windows'

/** How calls reach the agent: sound and desktop notification. The title and the icon follow the list by themselves. */
export class Announcer {
  sound = $state(kept.get('sound') !== 'off')
  /** What the browser says about notifications; it is asked for by a line in the list, never on load. */
  permission = $state<NotificationPermission | 'none'>('Notification' in globalThis ? Notification.permission : 'none')
  dismissed = $state(kept.get('notify') === 'no')

  private readonly property: string
  private readonly windows: ReturnType<typeof windows>
  private readonly off = new AbortController()

  constructor(property: string) {
    this.property = property
    this.windows = windows(property)
    const used = () => {
      allowSound()
      this.windows.claim()
    }
    for (const event of ['pointerdown', 'keydown'] as const) addEventListener(event, used, { signal: this.off.signal })
    // A page that was used before may sound at once.
    if (navigator.userActivation?.hasBeenActive) used()
  }

  stop(): void {
    this.off.abort()
    this.windows.stop()
  }

  /** Says it, but not what the agent looks at already. */
  say(alert: Alert, openChat: string): void {
    const looking = document.hasFocus() && openChat === alert.row.id
    if (alert.why === 'message' && looking) return
    if (this.sound && this.windows.speaks()) chime(alert.why === 'message' ? 'message' : 'new')
    // Several hidden windows may say it: the tag makes one note of them.
    if (this.permission === 'granted' && !this.windows.looked()) this.notify(alert)
  }

  private notify({ why, row, text }: Alert): void {
    const name = visitorName(row.visitor)
    const title = why === 'message' ? name : t(why === 'new' ? 'notify.new' : 'notify.invited', { name })
    try {
      const note = new Notification(title, { body: text, tag: row.id, icon: '/favicon.svg' })
      note.onclick = () => {
        focus()
        go(address(this.property, 'chats', row.id))
        note.close()
      }
    } catch {
      // Some phones let only a service worker do it.
    }
  }

  async askForNotifications(): Promise<void> {
    this.permission = await Notification.requestPermission()
    if (this.permission !== 'granted') this.dismiss()
  }

  dismiss(): void {
    this.dismissed = true
    kept.set('notify', 'no')
  }

  toggleSound(): void {
    this.sound = !this.sound
    kept.set('sound', this.sound ? 'on' : 'off')
    if (this.sound) chime('message')
  }
}
