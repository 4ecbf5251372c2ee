// Package agent is who works here: accounts, logins, roles in properties, invites, pictures, who is online, and the
// directory of names. It knows neither visitors nor chats.
package agent
