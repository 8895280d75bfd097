package identity

import "strings"

// deviceName makes a short word of a User-Agent header for the list of sessions: "Firefox, Windows". It is what the
// browser says, nothing is decided by it but whether a mail about a new device is sent.
func deviceName(agent string) string {
	browser, system := "?", "?"
	for _, b := range []struct{ mark, name string }{
		{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"},
	} {
		if strings.Contains(agent, b.mark) {
			browser = b.name
			break
		}
	}
	for _, o := range []struct{ mark, name string }{
		{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	} {
		if strings.Contains(agent, o.mark) {
			system = o.name
			break
		}
	}
	return browser + ", " + system
}
