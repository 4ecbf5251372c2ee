import {
  type Conversation,
  type ConversationState,
  conversation,
  type I18n,
  lastingStore,
  type PanelHost,
  type Refusal,
  type Store,
} from '@parley/core'
import { addStyles } from '@parley/loader/dom'
import { chime } from './sound.ts'
import { type Key, words } from './words.ts'

/** What fills the panel. */
export type View = 'chat' | 'form' | 'earlier'

/** The form as it was sent. */
export interface SentForm {
  id: string
  email: string
  refused?: Refusal
  done: boolean
}

/** The panel's state: what the link and the conversation know, and what the visitor looks at. */
export class Model {
  readonly host: PanelHost
  readonly conversation: Conversation
  readonly kept: Store
  state = $state.raw() as ConversationState
  /** Counts changes of the link, whose fields are not signals. */
  private turn = $state.raw(0)
  open = $state.raw(false)
  view = $state.raw<View>('chat')
  connected = $state.raw(true)
  backAgain = $state.raw(false)
  sound = $state.raw(true)
  form = $state.raw<SentForm>()
  w = $state.raw() as I18n<Key>

  /** The screens that few visitors see, once they are loaded. */
  more = $state.raw<typeof import('./more.ts')>()
  private language: string

  constructor(host: PanelHost, w: I18n<Key>) {
    this.host = host
    this.w = w
    this.language = host.parent.lang
    this.kept = lastingStore(`parley-${host.property}-`)
    this.conversation = conversation({
      link: host.link,
      store: lastingStore(`parley-${host.property}:`),
      changed: state => this.changed(state),
      news: () => this.sound && (!this.open || document.hidden || !document.hasFocus()) && chime(),
      answered: (item, refused) => {
        if (item.frame.t === 'ticket' && item.frame.id === this.form?.id)
          this.form = { ...this.form, done: !refused, refused: refused ? item.error : undefined }
        if (refused && item.frame.t !== 'send') this.conversation.takeBack(item.frame.id)
      },
    })
    this.state = this.conversation.state
    this.sound = this.kept.get('sound') !== 'off' && this.settings.sound
  }

  private changed(state: ConversationState) {
    this.state = state
    this.turn++
    if (this.host.parent.lang !== this.language) void this.speak(this.host.parent.lang)
  }

  private async speak(language: string) {
    this.language = language
    this.w = await words(language)
  }

  /** Loads the screens that few visitors see. What fails is tried again when it is asked for again. */
  loadMore() {
    if (!this.more)
      import('./more.ts').then(
        more => {
          addStyles(this.host.root, more.css)
          this.more = more
        },
        () => {},
      )
  }

  get link() {
    void this.turn
    return this.host.link
  }

  get settings() {
    const { settings } = this.link
    if (!settings) throw new Error('the panel is made after the first welcome')
    return settings
  }

  get team() {
    return this.link.team
  }

  get live() {
    return this.link.state === 'live'
  }

  /** Somebody of the team has answered in the session that goes on. */
  get served() {
    return !!this.state.session?.active && this.state.thread.messages.some(m => m.from === 'agent' || m.kind === 'joined')
  }

  /** Offer the form: nobody is here, or nobody answered in time. */
  get offersForm() {
    if (!this.settings.offline_form) return false
    return !!this.state.session?.missed || (this.team.status === 'offline' && !this.served)
  }

  /** Nothing has been said yet, here and now: greeting, or form. */
  get blank() {
    const { thread, pending, session } = this.state
    return thread.messages.length === 0 && pending.length === 0 && !session
  }

  setSound(on: boolean) {
    this.sound = on
    this.kept.set('sound', on ? 'on' : 'off')
    if (on) chime()
  }

  /** A draft of what the visitor writes, by the name of its field. */
  draft(name: string): string {
    return this.kept.get(`draft-${name}`) ?? ''
  }

  keepDraft(name: string, text: string) {
    if (text) this.kept.set(`draft-${name}`, text)
    else this.kept.remove(`draft-${name}`)
  }

  /** Turns to another view. A method, because a component that wrote to its prop would bring in more of Svelte. */
  look(view: View) {
    this.view = view
  }

  anotherForm() {
    this.form = undefined
  }

  leaveMessage(name: string, email: string, text: string) {
    this.form = { id: this.conversation.leaveMessage(name, email, text), email, done: false }
  }
}
