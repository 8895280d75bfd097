package federation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"lodge/internal/platform/fault"
)

const (
	upstreamTime = 4 * time.Second // of all questions of one request to an upstream
	maxAnswer    = 512 << 10       // bytes
	maxRedirects = 2
	knownFor     = time.Hour       // how long what an upstream says of itself is good
	failedFor    = 5 * time.Second // how long nobody asks again after it has failed
)

// NewClient asks upstreams: without a proxy, at most maxAnswer bytes and two redirects, and addresses of the public internet only. An address is
// looked at when it is dialled, so that no name leads elsewhere afterwards. private also allows this computer and private networks.
func NewClient(private bool) *http.Client {
	dialer := &net.Dialer{Timeout: 3 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !reachable(at.Addr().Unmap(), private) {
			return fmt.Errorf("%s is no address that a company's sign-in may have", address)
		}
		return nil
	}}
	return &http.Client{
		Timeout: upstreamTime,
		Transport: bounded{&http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 3 * time.Second, ForceAttemptHTTP2: true,
			MaxResponseHeaderBytes: 64 << 10, MaxConnsPerHost: 8, MaxIdleConns: 50, IdleConnTimeout: time.Minute}},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects || r.URL.Scheme != via[0].URL.Scheme {
				return errors.New("redirected too often, or to another scheme")
			}
			return nil
		},
	}
}

// notPublic are ranges beside those that package netip knows: shared, special, documentation, benchmarks, and ways in which an IPv4 address hides in another.
var notPublic = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2001::/32"),
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("::/96")}

func reachable(ip netip.Addr, private bool) bool {
	if ip.IsLoopback() || ip.IsPrivate() {
		return private
	}
	return ip.IsGlobalUnicast() && !slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// bounded ends answers that are too long.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, maxAnswer)
	}
	return resp, err
}

// fitting tells whether an address may be an upstream's: https, or http on this computer where private upstreams are allowed.
func (s *Federations) fitting(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || len(address) > maxAddress {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	local := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && s.Private && local
}

const maxAddress = 500

// upstream is what an issuer says of itself.
type upstream struct {
	provider *oidc.Provider
	says     announcement
	keys     *keySet
	at       time.Time // when it was asked
	err      error     // why nothing is known
}

type announcement struct {
	Issuer  string   `json:"issuer"`
	JWKS    string   `json:"jwks_uri"`
	Auth    string   `json:"authorization_endpoint"`
	Token   string   `json:"token_endpoint"`
	SaysIss bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207
	Methods []string `json:"token_endpoint_auth_methods_supported"`
	Info    string   `json:"userinfo_endpoint"`
}

// upstreams are the issuers that this process has asked.
type upstreams struct {
	mu    sync.Mutex
	known map[string]*slot
}

// slot is one issuer; whoever asks it holds the token.
type slot struct {
	token chan struct{}
	last  upstream
}

const maxKnown = 10000

func (u *upstreams) slot(issuer string) *slot {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.known == nil || len(u.known) > maxKnown {
		u.known = map[string]*slot{}
	}
	if u.known[issuer] == nil {
		u.known[issuer] = &slot{token: make(chan struct{}, 1)}
	}
	return u.known[issuer]
}

// upstream gives what an issuer says of itself, asked at most once an hour; fresh asks now. One question is under way at a time, and
// whoever waits for it waits within ctx. Unavailable of code federation.upstream_silent.
func (s *Federations) upstream(ctx context.Context, issuer string, fresh bool) (upstream, error) {
	at := s.upstreams.slot(issuer)
	select {
	case at.token <- struct{}{}:
		defer func() { <-at.token }()
	case <-ctx.Done():
		return upstream{}, silentUpstream(ctx.Err())
	}
	now := s.Store.Clock.Now()
	good := knownFor
	if at.last.err != nil {
		good = failedFor
	}
	if fresh || at.last.at.IsZero() || now.Sub(at.last.at) >= good || now.Before(at.last.at) {
		before := at.last
		at.last = s.discover(ctx, issuer)
		at.last.at = now
		if before.keys != nil && at.last.keys != nil && before.says.JWKS == at.last.says.JWKS {
			at.last.keys = before.keys // it remembers when it asked last
		}
	}
	if at.last.err != nil {
		return upstream{}, silentUpstream(at.last.err)
	}
	return at.last, nil
}

// discover asks the issuer.
func (s *Federations) discover(ctx context.Context, issuer string) (u upstream) {
	if u.provider, u.err = oidc.NewProvider(oidc.ClientContext(ctx, s.Client), issuer); u.err != nil {
		return u
	}
	if u.err = u.provider.Claims(&u.says); u.err != nil {
		return u
	}
	for _, address := range []string{u.says.Auth, u.says.Token, u.says.JWKS} {
		if !s.fitting(address) {
			u.err = fmt.Errorf("the upstream names the address %.100q", address)
			return u
		}
	}
	u.keys = &keySet{address: u.says.JWKS, client: s.Client, clock: s.Store.Clock}
	return u
}

func silentUpstream(err error) error {
	f := fault.New(fault.Unavailable, "federation.upstream_silent")
	f.RetryAfter, f.Err = failedFor, err
	return f
}

// get reads an address of an upstream, with an access token if there is one.
func get(ctx context.Context, client *http.Client, address, access string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	if access != "" {
		r.Header.Set("Authorization", "Bearer "+access)
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%.100s answers %s", address, resp.Status)
	}
	return io.ReadAll(resp.Body)
}
