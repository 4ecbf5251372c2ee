package article

import (
	"net/url"
	"regexp"
	"strings"
)

// embed is a video of somebody else's that a text may show.
type embed struct {
	Service string // as people call it
	Frame   string // the address of its player
	Page    string // … and of the page to watch it on
}

var (
	youTubeID = regexp.MustCompile(`^[A-Za-z0-9_-]{11}$`)
	vimeoPath = regexp.MustCompile(`^/(?:video/)?([0-9]{1,12})(?:/([0-9a-f]{6,20}))?$`)
	loomPath  = regexp.MustCompile(`^/(?:share|embed)/([0-9a-f]{32})$`)
	startTime = regexp.MustCompile(`^([0-9]{1,6})s?$`)
)

// embedOf is the allow list: which addresses are videos. What is not of exactly these forms is an ordinary link.
func embedOf(u *url.URL) (embed, bool) {
	if u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Port() != "" {
		return embed{}, false
	}
	switch strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.") {
	case "youtube.com", "m.youtube.com", "youtube-nocookie.com":
		return youTube(u, youTubePath(u))
	case "youtu.be":
		return youTube(u, strings.TrimPrefix(u.Path, "/"))
	case "vimeo.com", "player.vimeo.com":
		if m := vimeoPath.FindStringSubmatch(u.Path); m != nil {
			return vimeo(m[1], m[2]), true
		}
	case "loom.com":
		if m := loomPath.FindStringSubmatch(u.Path); m != nil {
			return embed{"Loom", "https://www.loom.com/embed/" + m[1], "https://www.loom.com/share/" + m[1]}, true
		}
	}
	return embed{}, false
}

// youTubePath is the video's id in the longer addresses.
func youTubePath(u *url.URL) string {
	if u.Path == "/watch" {
		return u.Query().Get("v")
	}
	for _, form := range []string{"/shorts/", "/live/", "/embed/"} {
		if video, ok := strings.CutPrefix(u.Path, form); ok {
			return video
		}
	}
	return ""
}

func youTube(u *url.URL, video string) (embed, bool) {
	if !youTubeID.MatchString(video) {
		return embed{}, false
	}
	e := embed{"YouTube", "https://www.youtube-nocookie.com/embed/" + video, "https://www.youtube.com/watch?v=" + video}
	if m := startTime.FindStringSubmatch(u.Query().Get("t")); m != nil {
		e.Frame += "?start=" + m[1]
		e.Page += "&t=" + m[1] + "s"
	}
	return e, true
}

// vimeo: unlisted videos have a key beside their number; dnt asks Vimeo not to track who watches.
func vimeo(video, key string) embed {
	if key == "" {
		return embed{"Vimeo", "https://player.vimeo.com/video/" + video + "?dnt=1", "https://vimeo.com/" + video}
	}
	return embed{"Vimeo", "https://player.vimeo.com/video/" + video + "?h=" + key + "&dnt=1", "https://vimeo.com/" + video + "/" + key}
}
