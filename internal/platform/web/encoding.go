package web

import (
	"strconv"
	"strings"
)

// Accepts reads an Accept-Encoding header: whether the client takes an encoding. q=0 means never.
func Accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			q, found := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
			weight, err := strconv.ParseFloat(q, 64)
			return !found || (err == nil && weight > 0)
		}
	}
	return false
}
