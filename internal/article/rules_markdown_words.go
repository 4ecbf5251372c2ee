package article

// ownWords are what a rendered text says that its author did not write.
type ownWords struct {
	Note, Tip, Warning string // titles of callouts that have none of their own
	Video, Watch       string // "Video (YouTube)", "Watch on YouTube": %s is the service
	Table              string // for those who hear a table that can be scrolled
	Done, Open         string // for those who hear a task's box
}

var ownWordsByLanguage = map[string]ownWords{
	"en": {
		Note: "Note", Tip: "Tip", Warning: "Warning", Video: "Video (%s)", Watch: "Watch on %s",
		Table: "Table", Done: "Done:", Open: "Open:",
	},
	"ar": {
		Note: "ملاحظة", Tip: "نصيحة", Warning: "تحذير", Video: "فيديو (%s)", Watch: "شاهده على %s",
		Table: "جدول", Done: "تم:", Open: "لم يتم بعد:",
	},
}

// ownWordsOf falls back to English, as the pages do.
func ownWordsOf(language string) ownWords {
	if w, ok := ownWordsByLanguage[language]; ok {
		return w
	}
	return ownWordsByLanguage["en"]
}
