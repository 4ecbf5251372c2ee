import type { Role } from '@parley/core'
import type { components } from '../../lib/api.gen'
import { answer, api } from '../../lib/http'

export type Settings = components['schemas']['SettingsView']
export type Property = components['schemas']['PropertyView']
export type TeamMember = components['schemas']['MemberView']
export type Invite = components['schemas']['InviteView']

const at = (property: string) => ({ path: { property } })

export const getProperty = (property: string): Promise<Property> =>
  answer(api.GET('/api/v1/properties/{property}', { params: at(property) }))

/** Changes what is given; 409 property.changed when somebody else was faster. */
export const changeProperty = (
  property: string,
  change: { name?: string; settings?: Partial<Settings>; version: number },
): Promise<Property> => answer(api.PATCH('/api/v1/properties/{property}', { params: at(property), body: change }))

export const makeProperty = (name: string) => answer(api.POST('/api/v1/properties', { body: { name } }))

export const listMembers = (property: string) => answer(api.GET('/api/v1/properties/{property}/members', { params: at(property) }))

export const changeMember = (property: string, agent: string, change: { role?: Role; disabled?: boolean }) =>
  answer(api.PATCH('/api/v1/properties/{property}/members/{agent}', { params: { path: { property, agent } }, body: change }))

export const removeMember = (property: string, agent: string) =>
  answer(api.DELETE('/api/v1/properties/{property}/members/{agent}', { params: { path: { property, agent } } }))

export const listInvites = (property: string) => answer(api.GET('/api/v1/properties/{property}/invites', { params: at(property) }))

export const invite = (property: string, email: string, role: Role): Promise<Invite> =>
  answer(api.POST('/api/v1/properties/{property}/invites', { params: at(property), body: { email, role } }))

export const revokeInvite = (property: string, id: string) =>
  answer(api.DELETE('/api/v1/properties/{property}/invites/{invite}', { params: { path: { property, invite: id } } }))
