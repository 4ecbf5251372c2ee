import type { WidgetSettings } from '@parley/core'
import type { Settings } from './api'
import { deriveColour, isColour } from './colour'

/** The settings as the widget gets them from the server. While a colour is being typed the last whole one is our own. */
export function widgetSettings({
  colour,
  allowed_domains: _,
  timeout_minutes: __,
  missed_minutes: ___,
  ...rest
}: Settings): WidgetSettings {
  return { ...rest, version: 'preview', colour: deriveColour(isColour(colour) ? colour : '#3550bf') }
}
