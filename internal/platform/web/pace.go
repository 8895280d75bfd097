package web

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
)

// answerTime is what a browser has to take an answer that is ready.
const answerTime = 60 * time.Second

// Pace is the least speed at which a body must come. Whoever is slower holds no connection: he is answered 408, and it is closed.
type Pace struct {
	Grace time.Duration // that every body has besides; also the longest rest between two pieces
	Speed int64         // bytes a second, over the whole body
}

var ownPace = Pace{Grace: 30 * time.Second, Speed: 32 << 10}

// until is when the next bytes must be there, of a body that began then and of which so much has come.
func (p Pace) until(now, begun time.Time, came int64) time.Time {
	earned := time.Duration(float64(came) / float64(p.Speed) * float64(time.Second))
	end, rest := begun.Add(p.Grace+earned), now.Add(p.Grace)
	if rest.Before(end) {
		return rest
	}
	return end
}

// paced is a body whose reader waits only as long as it comes fast enough.
type paced struct {
	io.ReadCloser
	ctl   *http.ResponseController // absent on a recorder: then there is no deadline to set
	pace  Pace
	begun time.Time
	came  int64
	late  error // why reading was ended, which not every parser passes on
}

// measure puts the pace on the body of a request. Its first deadline also bounds what the server itself reads of a body that
// nobody wanted.
func (s *Site) measure(w http.ResponseWriter, r *http.Request) *paced {
	if r.Body == nil || r.Body == http.NoBody {
		return &paced{}
	}
	p := s.Pace
	if p == (Pace{}) {
		p = ownPace
	}
	b := &paced{ReadCloser: r.Body, ctl: http.NewResponseController(w), pace: p, begun: machine()}
	b.ctl.SetReadDeadline(b.pace.until(b.begun, b.begun, 0))
	r.Body = b
	return b
}

func (b *paced) Read(p []byte) (n int, err error) {
	b.ctl.SetReadDeadline(b.pace.until(machine(), b.begun, b.came))
	n, err = b.ReadCloser.Read(p)
	b.came += int64(n)
	switch {
	case err == io.EOF:
		b.ctl.SetReadDeadline(time.Time{}) // or it would end the handler's work, which may take longer
	case errors.Is(err, os.ErrDeadlineExceeded):
		f := fault.New(http.StatusRequestTimeout, "web.too_slow")
		f.Err = err
		b.late, err = f, f
	}
	return n, err
}

// answerBy gives the reader of an answer his time, from now on.
func answerBy(w http.ResponseWriter) {
	http.NewResponseController(w).SetWriteDeadline(machine().Add(answerTime))
}

// machine is the time by which sockets have their deadlines, whatever the portal's clock says.
func machine() time.Time { return clock.Real{}.Now() }
