import type { Api } from './server.ts'

export interface Draft {
  title: string
  markdown: string
  description?: string
  language?: string
  audience?: 'public' | 'agents'
}

export interface Published {
  id: string
  /** Of its page; empty: for agents only. */
  url: string
}

/** Writes an article and publishes it. */
export async function publish(api: Api, draft: Draft): Promise<Published> {
  const help = `/properties/${await api.property()}/help`
  const made = await api.call('POST', `${help}/articles`, draft)
  return setState(api, made.id, made.texts[0].language, 'published')
}

/** Publishes an article that is written, takes it back, or archives it. */
export async function setState(api: Api, id: string, language: string, state: 'draft' | 'published' | 'archived'): Promise<Published> {
  const at = `/properties/${await api.property()}/help/articles/${id}`
  const article = await api.call('GET', at)
  const { revision } = article.texts.find((text: { language: string }) => text.language === language)
  const text = await api.call('POST', `${at}/texts/${language}/state`, { state, revision })
  return { id, url: text.url ?? '' }
}

/** Writes a published article in a further language, and publishes that too. */
export async function translate(api: Api, id: string, draft: Draft & { language: string }): Promise<Published> {
  const help = `/properties/${await api.property()}/help`
  const { title, description = '', markdown } = draft
  await api.call('PUT', `${help}/articles/${id}/texts/${draft.language}`, { revision: 0, title, description, markdown })
  return setState(api, id, draft.language, 'published')
}

/** Changes the help centre's settings. */
export async function helpSettings(api: Api, change: Record<string, unknown>): Promise<void> {
  const help = `/properties/${await api.property()}/help`
  const { version } = await api.call('GET', help)
  await api.call('PATCH', help, { version, ...change })
}
