// Package article is the content of the help centre: sites, categories, articles with their texts in several languages, versions,
// images, search, votes and counts, and what agents do with them over HTTP. It makes no pages: help does.
package article
