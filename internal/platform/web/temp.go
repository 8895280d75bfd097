package web

import (
	"errors"
	"os"
	"path/filepath"
	"time"
)

// tempOver is after how long a temporary file of a form that nobody writes to any more belongs to nobody: its process has died.
const tempOver = time.Hour

// SweepFiles removes what processes that died left of forms with files. Files of other users stay, because they cannot be removed.
func SweepFiles(now time.Time) error {
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "multipart-*")) // as mime/multipart calls them
	for _, path := range left {
		info, no := os.Lstat(path)
		if no != nil || !info.Mode().IsRegular() || info.ModTime().After(now.Add(-tempOver)) {
			continue
		}
		if no = os.Remove(path); no != nil && !errors.Is(no, os.ErrPermission) && !errors.Is(no, os.ErrNotExist) {
			err = errors.Join(err, no)
		}
	}
	return err
}
