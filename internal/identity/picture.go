package identity

import (
	"encoding/base64"
	"html/template"

	"rsc.io/qr"
)

// picture is a QR code as the address of an image in the page itself: nothing is loaded for it.
func picture(text string) (template.URL, error) {
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", err
	}
	c.Scale = 4
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(c.PNG())), nil
}
