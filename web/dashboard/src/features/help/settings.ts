import { Saving } from '../../lib/saving.svelte'
import { changeSite, getSite, type Site, type SiteChange } from './api'
import { changesOf, type Form, formOf } from './site'

/** The settings of the help centre in a form. */
export const siteEditor = (property: string, took: (site: Site) => void) =>
  new Saving<Site, Form, SiteChange>({
    read: () => getSite(property),
    write: (version, changes) => changeSite(property, version, changes),
    formOf,
    changesOf,
    stale: 'help.changed',
    took,
  })
