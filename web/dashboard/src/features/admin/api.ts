import type { Role, Status } from '@parley/core'
import { call } from '../../lib/http'

export interface Settings {
  name: string
  colour: string
  theme: 'system' | 'light' | 'dark'
  corner: 'end' | 'start'
  language: 'auto' | 'en' | 'ar'
  greeting: { online: string; away: string; offline: string }
  sound: boolean
  faces: boolean
  brand: boolean
  typing_preview: boolean
  early_cookie: boolean
  offline_form: boolean
  allowed_domains: string[]
  timeout_minutes: number
  missed_minutes: number
}

export interface Property {
  id: string
  name: string
  settings: Settings
  version: number
  snippet: string
}

export const getProperty = (id: string): Promise<Property> => call('GET', `/properties/${id}`)

/** Changes what is given; 409 property.changed when somebody else was faster. */
export const changeProperty = (id: string, change: { name?: string; settings?: Partial<Settings>; version: number }): Promise<Property> =>
  call('PATCH', `/properties/${id}`, change)

export const makeProperty = (name: string): Promise<{ id: string; name: string }> => call('POST', '/properties', { name })

export interface TeamMember {
  id: string
  name: string
  email: string
  picture?: string
  role: Role
  status: Status
  disabled: boolean
  since: number
}

export interface Invite {
  id: string
  email: string
  role: Role
  invited_by: { name: string } | string
  created_at: number
  expires_at: number
  /** Only in the answer that made it. */
  link?: string
}

export const listMembers = (property: string): Promise<{ items: TeamMember[] }> => call('GET', `/properties/${property}/members`)

export const changeMember = (property: string, agent: string, change: { role?: Role; disabled?: boolean }): Promise<TeamMember> =>
  call('PATCH', `/properties/${property}/members/${agent}`, change)

export const removeMember = (property: string, agent: string): Promise<void> => call('DELETE', `/properties/${property}/members/${agent}`)

export const listInvites = (property: string): Promise<{ items: Invite[] }> => call('GET', `/properties/${property}/invites`)

export const invite = (property: string, email: string, role: Role): Promise<Invite> =>
  call('POST', `/properties/${property}/invites`, { email, role })

export const revokeInvite = (property: string, id: string): Promise<void> => call('DELETE', `/properties/${property}/invites/${id}`)
