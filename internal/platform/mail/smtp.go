package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// SMTP is a mail server.
type SMTP struct {
	client *gomail.Client
	domain string // right side of our Message-IDs
	lines  lines
}

// NewSMTP reads smtp://user:password@host:port (STARTTLS) or smtps://… (TLS from the first byte). Query parameters:
// tls=required (default), opportunistic or none (loopback only); ca=FILE, a PEM file to trust beside the system's. domain is the
// right side of our Message-IDs.
func NewSMTP(address, domain string) (*SMTP, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("want smtp://user:password@host:port or smtps://…") // the address may hold a password
	}
	var options []gomail.Option
	add := func(o ...gomail.Option) { options = append(options, o...) }
	add(gomail.WithTimeout(30*time.Second), gomail.WithoutNoop())
	if u.Port() != "" {
		port, err := strconv.Atoi(u.Port())
		if err != nil {
			return nil, fmt.Errorf("port %q is no number", u.Port())
		}
		add(gomail.WithPort(port))
	} else if u.Scheme == "smtps" {
		add(gomail.WithPort(465))
	} else {
		add(gomail.WithPort(587))
	}
	trust := &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	if file := u.Query().Get("ca"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("certificate to trust: %w", err)
		}
		if trust.RootCAs, err = x509.SystemCertPool(); err != nil {
			trust.RootCAs = x509.NewCertPool()
		}
		if !trust.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", file)
		}
	}
	add(gomail.WithTLSConfig(trust))
	switch tlsMode := cmp.Or(u.Query().Get("tls"), "required"); {
	case u.Scheme == "smtps":
		add(gomail.WithSSL())
	case tlsMode == "required":
		add(gomail.WithTLSPolicy(gomail.TLSMandatory))
	case tlsMode == "opportunistic":
		add(gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	case tlsMode == "none" && loopback(u.Hostname()):
		add(gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		return nil, fmt.Errorf("tls=%s: want required or opportunistic, or none on loopback", tlsMode)
	}
	if u.User != nil {
		password, _ := u.User.Password()
		add(gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	c, err := gomail.NewClient(u.Hostname(), options...)
	if err != nil {
		return nil, err
	}
	return &SMTP{client: c, domain: domain}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Send delivers one letter.
func (s *SMTP) Send(ctx context.Context, o Outgoing) error {
	m := gomail.NewMsg()
	if err := errors.Join(m.FromFormat(oneLine(o.FromName), o.From), m.To(o.To)); err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	m.Subject(o.Subject)
	m.SetMessageIDWithValue(o.ID + "@" + s.domain)
	m.SetDateWithValue(o.At)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("X-Auto-Response-Suppress", "All")
	m.SetBodyString(gomail.TypeTextPlain, o.Text)
	err := s.deliver(ctx, m)
	var refused *gomail.SendError
	if errors.As(err, &refused) && !refused.IsTemp() && refused.ErrorCode() >= 500 {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}

// Check connects, greets and signs in.
func (s *SMTP) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	c, err := s.client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return err
	}
	return c.Quit()
}
