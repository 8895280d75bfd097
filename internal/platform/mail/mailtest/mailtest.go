// Package mailtest runs a real SMTP server on loopback, with TLS and sign-in, that keeps what it is given and can be told
// to fail.
package mailtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Letter is what arrived.
type Letter struct {
	From, To string
	Data     string // headers and body as sent
	TLS      bool
	User     string
}

// Server is an SMTP server. Fail is asked at each DATA, after it was read; After says that the letter is kept although
// the client is told that it failed: a connection lost after DATA.
type Server struct {
	Address string // host:port
	CA      string // PEM file that signs for the server

	mu    sync.Mutex
	got   []Letter
	fail  func(n int) error
	after bool
	n     int
	conns map[*smtp.Conn]bool // true: open
	hang  bool
	smtp  *smtp.Server
}

// User and Password sign in.
const (
	User     = "portal"
	Password = "mail-server-password-canary"
)

// Start runs a server until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	cert, ca := certificate(t)
	s := &Server{CA: ca, conns: map[*smtp.Conn]bool{}}
	s.smtp = smtp.NewServer(s)
	s.smtp.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
	s.smtp.Domain, s.smtp.ReadTimeout, s.smtp.WriteTimeout = "localhost", 10*time.Second, 10*time.Second
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Address = l.Addr().String()
	go s.smtp.Serve(l)
	t.Cleanup(func() { s.smtp.Close() })
	return s
}

// URL is the address of the server with sign-in, as --mail takes it.
func (s *Server) URL() string {
	return fmt.Sprintf("smtp://%s:%s@%s?ca=%s", User, Password, s.Address, s.CA)
}

// Fail decides each DATA: n counts from 1. kept says that the letter arrives all the same.
func (s *Server) Fail(kept bool, f func(n int) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail, s.after, s.n = f, kept, 0
}

// Letters are all that arrived.
func (s *Server) Letters() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

// Connections are how many were made so far.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Open is how many connections have not ended: from nobody can a letter come any more once it is 0.
func (s *Server) Open() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, open := range s.conns {
		if open {
			n++
		}
	}
	return n
}

// Cut ends all connections.
func (s *Server) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Conn().Close()
	}
}

// HangUp decides whether a connection is ended as soon as a letter was taken over it, and that was said.
func (s *Server) HangUp(hang bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hang = hang
}

// Stop closes the server, as if the machine were gone.
func (s *Server) Stop() { s.smtp.Close() }

// NewSession is the server's side of a connection.
func (s *Server) NewSession(c *smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[c] = true // greeted once more after STARTTLS
	return &session{server: s, conn: c}, nil
}

type session struct {
	server *Server
	conn   *smtp.Conn
	letter Letter
	user   string
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != User || password != Password {
			return errors.New("wrong user or password")
		}
		s.user = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	_, encrypted := s.conn.TLSConnectionState()
	s.letter = Letter{From: from, TLS: encrypted, User: s.user}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.letter.To = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.letter.Data = string(data)
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.n++
	if s.server.fail != nil {
		if err := s.server.fail(s.server.n); err != nil {
			if s.server.after {
				s.server.got = append(s.server.got, s.letter)
				s.conn.Conn().Close()
			}
			return err
		}
	}
	s.server.got = append(s.server.got, s.letter)
	return nil
}

func (s *session) Reset() {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if s.server.hang && s.letter.Data != "" {
		s.conn.Conn().Close()
	}
}

func (s *session) Logout() error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.conns[s.conn] = false
	return nil
}

// certificate is a self-signed one for loopback, and the file in which it stands.
func certificate(t testing.TB) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail server of a test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}
