package visitor

import "strings"

// browsers is asked in order: nearly every browser also claims to be the ones below it.
var browsers = []struct{ mark, name string }{
	{"Edg", "Edge"}, // Edg/, EdgA/, EdgiOS/
	{"OPR/", "Opera"},
	{"SamsungBrowser/", "Samsung Internet"},
	{"YaBrowser/", "Yandex"},
	{"Vivaldi/", "Vivaldi"},
	{"FxiOS/", "Firefox"},
	{"Firefox/", "Firefox"},
	{"CriOS/", "Chrome"},
	{"Chrome/", "Chrome"},
	{"Chromium/", "Chrome"},
	{"Safari/", "Safari"},
}

// systems is asked in order: Android also says Linux, and iPhones say Mac OS X.
var systems = []struct{ mark, name string }{
	{"Windows", "Windows"},
	{"iPhone", "iOS"},
	{"iPad", "iPadOS"},
	{"Android", "Android"},
	{"CrOS", "ChromeOS"},
	{"Mac OS X", "macOS"},
	{"Linux", "Linux"},
}

// Browser reads the names that people know, "Chrome" and "Windows", out of a User-Agent header. Unknown: empty.
func Browser(userAgent string) (browser, system string) {
	for _, b := range browsers {
		if strings.Contains(userAgent, b.mark) {
			browser = b.name
			break
		}
	}
	for _, s := range systems {
		if strings.Contains(userAgent, s.mark) {
			system = s.name
			break
		}
	}
	return browser, system
}

// Device tells desktop, phone and tablet apart by a User-Agent header. Empty: no browser that we know of. An iPad that asks for
// desktop pages says that it is a Mac, and nobody can tell.
func Device(userAgent string) string {
	browser, system := Browser(userAgent)
	switch mobile := strings.Contains(userAgent, "Mobile"); {
	case browser == "" && system == "":
		return ""
	case system == "iPadOS", strings.Contains(userAgent, "Tablet"), system == "Android" && !mobile:
		return "tablet"
	case mobile, system == "iOS", system == "Android":
		return "phone"
	default:
		return "desktop"
	}
}
