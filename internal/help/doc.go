// Package help is the public pages of the help centre, below /help/SLUG and on domains of their own, and the public calls by
// which the widget's panel finds, shows and votes on articles. It decides nothing about content: article does.
//
// Pages are HTML from Go, complete without a script; one small script and one stylesheet (assets) go with them.
//
// How a chat comes to name the article that it comes from (ADR 4, decision 10): the page of an article carries
//
//	<meta name="parley-article" content="ARTICLE-ID">
//
// and the widget's tag. *Message us* is a link to the form, which our script turns into a press of the launcher: it calls
// window.Parley.open(), and nothing is handed over. The panel reads the meta element when the visitor sends, and puts its
// content into send.article. So the loader knows nothing of articles, a chat that was begun by the launcher names the
// article as well, and so does one on any page of a customer that carries the same element.
package help
