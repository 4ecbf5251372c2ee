package visit

import "strings"

// crawlers are words by which programs that read pages for a machine name themselves. Headless Chrome is not among them:
// people test their sites with it.
var crawlers = []string{
	"bot/", "bot;", "bot)", "bot ", "bot-", "-bot", "robot", "crawler", "crawling", "spider", "slurp", "archiver", "transcoder",
	"facebookexternalhit", "facebookcatalog", "meta-externalagent", "whatsapp/", "telegrambot", "skypeuripreview", "embedly", "vkshare",
	"lighthouse", "pagespeed", "google-inspectiontool", "google-read-aloud", "googleother", "google-extended", "mediapartners-google",
	"bingpreview", "yandex.com/bots", "baiduspider", "duckduckgo-favicons", "applebot", "petalbot", "ahrefs", "semrush", "mj12bot", "dotbot",
	"dataforseo", "screaming frog", "sitebulb", "gptbot", "chatgpt-user", "oai-searchbot", "claude-web", "claudebot", "claude-user",
	"anthropic-ai", "perplexity", "ccbot", "bytespider", "amazonbot", "cohere-ai", "diffbot", "uptimerobot", "pingdom", "statuscake",
	"site24x7", "newrelicpinger", "datadogsynthetics", "checkly", "w3c_validator", "validator.nu", "phantomjs",
}

// Crawler reports whether a User-Agent names a program that is nobody's browser.
func Crawler(userAgent string) bool {
	low := strings.ReplaceAll(strings.ToLower(userAgent), "cubot", "") // a maker of phones
	if strings.HasSuffix(low, "bot") {
		return true
	}
	for _, word := range crawlers {
		if strings.Contains(low, word) {
			return true
		}
	}
	return false
}
