import type { components, operations } from '../../lib/api.gen'
import { ApiError, answer, api } from '../../lib/http'
import { t } from '../../lib/i18n.svelte'
import type { Page } from '../../lib/pages'

type Schemas = components['schemas']

/** The help centre itself: its address, its languages, who may publish. */
export type Site = Schemas['HelpView']
export type SiteChange = Omit<Schemas['ChangeSiteInputBody'], 'version' | '$schema'>
/** An article as the list shows it. */
export type ArticleRow = Schemas['ArticleRowView']
/** An article with its texts, one a language. */
export type Article = Schemas['ArticleView']
export type Text = Schemas['TextView']
export type State = Text['state']
export type Audience = Article['audience']
export type VersionRow = Schemas['VersionRowView']
export type Version = Schemas['VersionView']
export type Category = Schemas['CategoryView']
export type CategoryText = Schemas['CategoryTextView']
export type Hit = Schemas['HitView']
export type Report = Schemas['ReportOutputBody']
export type Missing = Schemas['MissingView']
/** What the list is asked for, as it stands in the page's address too. */
export type ArticleFilter = Omit<NonNullable<operations['list-articles']['parameters']['query']>, 'cursor' | 'limit'>

const root = '/api/v1/properties/{property}/help'
const articles = `${root}/articles` as const
const one = `${articles}/{article}` as const
const text = `${one}/texts/{language}` as const
const at = (property: string) => ({ path: { property } })
const of = (property: string, article: string) => ({ path: { property, article } })

/** Where a text is: one language of one article. */
export interface TextPlace {
  property: string
  article: string
  language: string
}
const place = ({ property, article, language }: TextPlace) => ({ path: { property, article, language } })

export const getSite = (property: string): Promise<Site> => answer(api.GET(root, { params: at(property) }))

/** 409 help.changed when somebody else was faster. */
export const changeSite = (property: string, version: number, change: SiteChange): Promise<Site> =>
  answer(api.PATCH(root, { params: at(property), body: { ...change, version } }))

export const listArticles = (property: string, filter: ArticleFilter, cursor?: string): Promise<Page<ArticleRow>> =>
  answer(api.GET(articles, { params: { ...at(property), query: { ...filter, cursor } } }))

export const makeArticle = (
  property: string,
  article: { language?: string; title: string; category?: string; markdown?: string },
): Promise<Article> => answer(api.POST(articles, { params: at(property), body: article }))

export const getArticle = (property: string, article: string): Promise<Article> => answer(api.GET(one, { params: of(property, article) }))

export const changeArticle = (
  property: string,
  article: string,
  change: { category?: string; audience?: Audience; related?: string[] },
): Promise<Article> => answer(api.PATCH(one, { params: of(property, article), body: change }))

export const deleteArticle = (property: string, article: string) => answer(api.DELETE(one, { params: of(property, article) }))

/** 409 article.changed when the text has another revision now. Revision 0 begins a language. */
export const saveText = (
  where: TextPlace,
  save: { revision: number; title: string; description: string; slug?: string; markdown: string },
  /** The page goes away: the browser sends it all the same. */
  keepalive = false,
): Promise<Text> => answer(api.PUT(text, { params: place(where), body: save, keepalive }))

export const setState = (where: TextPlace, state: State, revision: number): Promise<Text> =>
  answer(api.POST(`${text}/state`, { params: place(where), body: { state, revision } }))

export const listVersions = (where: TextPlace, before?: number) =>
  answer(api.GET(`${text}/versions`, { params: { ...place(where), query: { before } } }))

/** Keeps words that could not be saved, beside what somebody else has written. */
export const keepVersion = (where: TextPlace, words: { title: string; description: string; markdown: string }): Promise<Version> =>
  answer(api.POST(`${text}/versions`, { params: place(where), body: words }))

export const getVersion = (where: TextPlace, number: number): Promise<Version> =>
  answer(api.GET(`${text}/versions/{number}`, { params: { path: { ...where, number } } }))

export const restoreVersion = (where: TextPlace, number: number, revision: number): Promise<Text> =>
  answer(api.POST(`${text}/versions/{number}/restore`, { params: { path: { ...where, number } }, body: { revision } }))

/** The whole page as it would be published, for a frame without scripts. */
export const preview = async (
  property: string,
  words: { article: string; language: string; title: string; description: string; markdown: string },
  signal: AbortSignal,
): Promise<string> => (await answer(api.POST(`${root}/preview`, { params: at(property), body: words, signal }))).html

export const searchArticles = async (property: string, q: string, language: string): Promise<Hit[]> =>
  (await answer(api.GET(`${root}/search`, { params: { ...at(property), query: { q, language } } }))).items

export const listCategories = async (property: string): Promise<Category[]> =>
  (await answer(api.GET(`${root}/categories`, { params: at(property) }))).items

export const makeCategory = (
  property: string,
  category: { parent?: string; icon?: string; texts: Record<string, CategoryText> },
): Promise<Category> => answer(api.POST(`${root}/categories`, { params: at(property), body: category }))

export const changeCategory = (
  property: string,
  category: string,
  change: { parent?: string; before?: string; icon?: string; texts?: Record<string, CategoryText> },
): Promise<Category> => answer(api.PATCH(`${root}/categories/{category}`, { params: { path: { property, category } }, body: change }))

export const deleteCategory = (property: string, category: string) =>
  answer(api.DELETE(`${root}/categories/{category}`, { params: { path: { property, category } } }))

export const getReport = (property: string, days: number): Promise<Report> =>
  answer(api.GET(`${root}/report`, { params: { ...at(property), query: { days } } }))

export const listMissing = (property: string, article?: string, cursor?: string): Promise<Page<Missing>> =>
  answer(api.GET(`${root}/missing`, { params: { ...at(property), query: { article, cursor } } }))

export interface StoredImage {
  id: string
  url: string
  width: number
  height: number
}

/** Sends an image. Not by fetch, which does not say how much of it has gone. */
export function addImage(property: string, file: Blob, progress: (share: number) => void, signal: AbortSignal): Promise<StoredImage> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest()
    request.open('POST', `${root}/images`.replace('{property}', encodeURIComponent(property)))
    request.setRequestHeader('Content-Type', 'application/octet-stream')
    request.responseType = 'json'
    request.upload.onprogress = event => event.lengthComputable && progress(event.loaded / event.total)
    request.onload = () => {
      const body = (request.response ?? {}) as Partial<StoredImage & Schemas['Problem']>
      if (request.status < 300 && body.id) done(body as StoredImage)
      else
        failed(
          new ApiError(request.status, body.code ?? 'unavailable', body.detail ?? t('error.unavailable'), body.field, body.retry_after_ms),
        )
    }
    request.onerror = () => failed(new ApiError(0, 'offline', t('error.offline')))
    signal.addEventListener('abort', () => {
      request.abort()
      failed(signal.reason)
    })
    request.send(file)
  })
}
