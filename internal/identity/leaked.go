package identity

import (
	"bufio"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

const (
	sha1Hex  = 2 * sha1.Size
	longLine = 128 // a hash, and perhaps ":" and how often it was seen
	probes   = 64  // places at which OpenLeaked looks whether the file is sorted
)

// Leaked is the operator's file of leaked passwords: one SHA-1 in hex a line, sorted, as the public lists come (what
// follows a ":" is ignored). Each question reads some thirty blocks of it and keeps nothing in memory.
type Leaked struct {
	file *os.File // read at offsets only: safe for concurrent use
	size int64
}

// OpenLeaked opens the list. A file that is missing or no sorted list is one sentence for the operator; it stops the start,
// so that no check ever passes for want of a list.
func OpenLeaked(path string) (*Leaked, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the list of leaked passwords %s cannot be read: %w", path, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a file")
	}
	l := &Leaked{file: f}
	if err == nil {
		l.size = info.Size()
		err = l.sorted()
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("the list of leaked passwords %s cannot be used: %w", path, err)
	}
	return l, nil
}

// Close gives the file back; nothing may be asked after it.
func (l *Leaked) Close() error { return l.file.Close() }

// sorted looks at some lines from the first to the last.
func (l *Leaked) sorted() error {
	last := ""
	for i := range int64(probes) {
		hash, _, err := l.lineFrom(l.size / probes * i)
		if errors.Is(err, io.EOF) {
			break // behind the last line
		}
		if err != nil {
			return err
		}
		if hash < last {
			return errors.New("it is not sorted")
		}
		last = hash
	}
	if last == "" {
		return errors.New("it is empty")
	}
	return nil
}

// Has tells whether the password, over NFC, is in the list.
func (l *Leaked) Has(nfc string) (bool, error) {
	sum := sha1.Sum([]byte(nfc))
	want := strings.ToUpper(hex.EncodeToString(sum[:]))
	// The line, if there is one, begins at or after low and before high.
	low, high := int64(0), l.size
	for low < high {
		middle := low + (high-low)/2
		hash, next, err := l.lineFrom(middle)
		switch {
		case errors.Is(err, io.EOF):
			high = middle
		case err != nil:
			return false, fmt.Errorf("list of leaked passwords: %w", err)
		case hash == want:
			return true, nil
		case hash < want:
			low = next
		default:
			high = middle
		}
	}
	return false, nil
}

// lineFrom gives the hash of the first line that begins at or after offset, in upper case, and where the next one begins;
// io.EOF if there is none.
func (l *Leaked) lineFrom(offset int64) (hash string, next int64, err error) {
	start := max(offset-1, 0) // one byte back: the line that begins exactly here counts
	r := bufio.NewReaderSize(io.NewSectionReader(l.file, start, 2*longLine), 2*longLine)
	if offset > 0 {
		skipped, err := r.ReadString('\n')
		if err != nil {
			return "", 0, l.ended(err, start+int64(len(skipped)))
		}
		start += int64(len(skipped))
	}
	line, err := r.ReadString('\n')
	if err != nil && line == "" {
		return "", 0, l.ended(err, start)
	}
	if err != nil && start+int64(len(line)) < l.size {
		return "", 0, fmt.Errorf("a line at byte %d is too long", start)
	}
	hash, _, _ = strings.Cut(strings.TrimRight(line, "\r\n"), ":")
	if _, err := hex.DecodeString(hash); err != nil || len(hash) != sha1Hex {
		return "", 0, fmt.Errorf("the line at byte %d is no SHA-1 in hex", start)
	}
	return strings.ToUpper(hash), start + int64(len(line)), nil
}

// ended tells the end of the file from the end of what was read at once.
func (l *Leaked) ended(err error, at int64) error {
	if errors.Is(err, io.EOF) && at < l.size {
		return fmt.Errorf("a line before byte %d is too long", at)
	}
	return err
}
