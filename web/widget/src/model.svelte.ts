import {
  type Conversation,
  type ConversationState,
  conversation,
  type I18n,
  lastingStore,
  type PanelHost,
  type Reading,
  type Refusal,
  type Store,
} from '@parley/core'
import { addStyles } from '@parley/loader/dom'
import { chime } from '@parley/loader/sound'
import { type Key, words } from './words.ts'

/** What fills the panel. */
export type View = 'chat' | 'form' | 'earlier' | 'help'

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
  /** Finding and reading answers, once somebody wants to. */
  help = $state.raw<typeof import('./help/main.ts')>()
  /** The article that the help view begins with. */
  at: Reading | undefined
  /** The article that the visitor's next words come from. */
  from: Reading | undefined
  /** One step back within a view; false: there is none. */
  stepBack: (() => boolean) | undefined
  private language: string
  private unread = 0

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
        if (item.frame.t === 'ticket' && item.frame.id === this.form?.id) {
          this.form = { ...this.form, done: !refused, refused: refused ? item.error : undefined }
          if (!refused) this.from = undefined // else they put right what is wrong, and send it again
        }
        if (refused && item.frame.t !== 'send') this.conversation.takeBack(item.frame.id)
      },
    })
    this.state = this.conversation.state
    this.sound = this.kept.get('sound') !== 'off' && this.settings.sound
  }

  private changed(state: ConversationState) {
    if (state.unread !== this.unread) {
      this.unread = state.unread
      this.host.badge(this.unread)
    }
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
    if (!this.more) this.load(import('./more.ts'), more => (this.more = more))
  }

  loadHelp() {
    if (!this.help) this.load(import('./help/main.ts'), help => (this.help = help))
  }

  private load<M extends { css: string }>(script: Promise<M>, take: (module: M) => void) {
    script.then(
      module => {
        addStyles(this.host.root, module.css)
        take(module)
      },
      () => {},
    )
  }

  // Methods, because a component that wrote to its prop would bring in more of Svelte.
  stepWith(back?: () => boolean) {
    this.stepBack = back
  }

  comeFrom(at?: Reading) {
    this.from = at
  }

  /** Turns to an article, or to the search for one. */
  read(at?: Reading) {
    this.at = at
    this.view = 'help'
  }

  /** The article that the visitor comes from: read here, or on the page that a chat begins on. */
  private source(): Reading | undefined {
    if (this.from || this.state.session?.active) return this.from
    const article = document.querySelector<HTMLMetaElement>('meta[name=parley-article]')?.content
    return article ? { article, language: document.documentElement.lang } : undefined
  }

  say(text: string) {
    this.conversation.say(text, this.source())
    this.from = undefined
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
    this.form = { id: this.conversation.leaveMessage(name, email, text, this.source()), email, done: false }
  }
}
