import { Saving } from '../../lib/saving.svelte'
import { changeProperty, getProperty, type Property, type Settings } from './api'
import { changed } from './form'

/** The settings of a property in a form. */
export const settingsEditor = (property: string) =>
  new Saving<Property, Settings, Partial<Settings>>({
    read: () => getProperty(property),
    write: (version, settings) => changeProperty(property, { settings, version }),
    formOf: stored => structuredClone(stored.settings),
    changesOf: (stored, form) => changed(stored.settings, form),
    stale: 'property.changed',
    under: 'settings.',
  })
