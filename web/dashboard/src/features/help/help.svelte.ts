import { createContext } from 'svelte'
import { sentence } from '../../lib/http'
import type { LiveStore } from '../chats/live.svelte'
import { type Category, getSite, listCategories, type Site } from './api'

/** So long news are gathered before lists are asked for again: an import or a colleague who types makes many. */
const gatherMS = 1000

/** What every page of the help centre needs: the site, its categories, and who may do what. */
export class HelpStore {
  site = $state.raw<Site>()
  categories = $state.raw<readonly Category[]>([])
  problem = $state('')
  /** Grows when an article somewhere has changed. */
  turn = $state(0)

  private later: ReturnType<typeof setTimeout> | undefined
  private readonly deaf: () => void

  constructor(
    readonly property: string,
    readonly manager: boolean,
    line: Pick<LiveStore, 'hear'>,
  ) {
    this.deaf = line.hear(frame => {
      if (frame.t === 'article' || frame.t === 'welcome') this.news(frame.t === 'welcome')
    })
    void this.load()
  }

  get mayPublish(): boolean {
    return this.manager || this.site?.publishing === 'agents'
  }

  stop(): void {
    clearTimeout(this.later)
    this.deaf()
  }

  load = async (): Promise<void> => {
    try {
      const [site, categories] = await Promise.all([getSite(this.property), listCategories(this.property)])
      this.site = site
      this.categories = categories
      this.problem = ''
    } catch (error) {
      // What was shown stays.
      if (!this.site) this.problem = sentence(error)
    }
  }

  private news(all: boolean): void {
    clearTimeout(this.later)
    this.later = setTimeout(() => {
      this.turn++
      if (all) void this.load()
    }, gatherMS)
  }
}

export const [help, setHelp] = createContext<HelpStore>()
