// Package audit is the audit log: who did what to whom, when, and from where. Features write to it with [Write] inside
// the transaction of what they record, so an entry stands if and only if the thing was done. Entries are only ever added.
//
// Each property has a chain of its own: every entry holds SHA-256 of the entry before it and of itself, and audit_heads
// holds the chain's end, whose row is also its lock. [Verify] walks the chains. What that proves, and what not, stands in
// SECURITY.md: whoever can write to the database can write a whole new chain, unless somebody keeps the heads elsewhere.
//
// A log-in belongs to no single property. It gets an entry in each property that the agent works in: those are the people
// whom it concerns, they see it where they look for everything else, and no reader of the log needs a right beyond their
// property. The agent's address is thereby known to the managers of all their teams, and to nobody else. What belongs to no property at
// all (too many tries for an account that does not exist) goes into the installation's own chain, whose property is empty; the
// API does not show it, `parley admin verify-audit` checks it like the others.
package audit
