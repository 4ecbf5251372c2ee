package article

import (
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// Entry is an article in a list that readers see.
type Entry struct {
	Article     id.Article
	Language    string
	Slug        string
	Title       string
	Description string
	Category    id.Category // empty: none
	PublishedAt time.Time   // for the first time
	UpdatedAt   time.Time   // published last
	Views       int64       // in Popular alone
}

// Category is a category as readers see it, in one language.
type Category struct {
	ID          id.Category
	Parent      id.Category // empty: at the top
	Name        string
	Slug        string
	Description string
	Icon        string
	Language    string // of its name: another than asked for where it has none in that one
	Articles    int    // public ones, in it and below
	Children    []Category
}

// Crumb is a step on the path to a category or article.
type Crumb struct{ Name, Slug string }

// Translation is the same thing in another language of the site.
type Translation struct{ Language, Slug string }

// CategoryPage is all that the page of a category shows.
type CategoryPage struct {
	Category
	Path         []Crumb    // from the top, without the category itself
	Entries      []Entry    // in the editors' order, at most 200
	Next         id.Article // for CategoryAfter; empty: these are all
	Translations []Translation
}

// Page is all that the page of an article shows.
type Page struct {
	Entry
	HTML         string // see Resolve
	Plain        string // the beginning of it
	Contents     []Heading
	Author       wire.Person
	Audience     Audience
	Yes, No      int64
	Path         []Crumb // from the top, the article's category last
	Related      []Entry
	Previous     *Entry // of the same category
	Next         *Entry
	Translations []Translation // others that are published
}

// Part is a piece of a text; those that were searched for are marked.
type Part struct {
	Text string
	Mark bool
}

// Hit is an article that a search has found.
type Hit struct {
	Entry
	Audience Audience
	Parts    []Part // of the title
	Snippet  []Part // of the text, around the words
	Path     []Crumb
}

// SearchOptions say how to search.
type SearchOptions struct {
	Agents bool // also what is for agents only
	Count  bool // somebody has asked for this and waits for an answer: it is counted
	Limit  int  // at most 50; 0: 20
}

// Found is what a search has found, the best first.
type Found struct {
	Hits      []Hit
	Corrected string // what was searched for instead, where words were mistyped; else empty
}

// Tally is how an article was voted on.
type Tally struct{ Yes, No int64 }

// Vote is what one reader says about one article.
type Vote struct {
	Article  id.Article
	Language string // in which it was read
	Voter    string // a visitor's id, or a random one from a cookie
	Helpful  bool
	Missing  string    // of one who says no: what they did not find
	Address  string    // of the client; empty: no limit
	At       time.Time // set when stored
}
