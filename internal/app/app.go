// Package app is where everything meets: it is the only package that imports every domain package. Routes stand in
// routes.go on one screen, rights in roles.go, what one package does because of another's event in reactions.go.
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"lodge/assets"
	"lodge/internal/account"
	"lodge/internal/contract"
	"lodge/internal/federation"
	"lodge/internal/home"
	"lodge/internal/identity"
	"lodge/internal/importer"
	"lodge/internal/licence"
	"lodge/internal/openid"
	"lodge/internal/partner"
	"lodge/internal/platform/api"
	"lodge/internal/platform/blob"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/event"
	"lodge/internal/platform/job"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/limit"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/web"
	"lodge/internal/product"
	"lodge/internal/provision"
	"lodge/internal/release"
	"lodge/internal/schema"
	"lodge/internal/search"
	"lodge/internal/subscription"
	"lodge/internal/support"
	"lodge/internal/ticket"
	"lodge/internal/token"
)

// App is one process of the portal: plain fields, wired once by Open.
type App struct {
	Config    Config
	Store     *store.DB
	Keys      *crypt.Keys
	Events    *event.Log
	Jobs      *job.Queue
	Catalogue *lang.Catalogue
	Capture   *mail.Capture // of mail: capture:
	Office    *mail.Office
	Blobs     *blob.Store
	Site      *web.Site
	API       *api.API

	Identities *identity.Identities
	Accounts   *account.Accounts
	Products   *product.Products
	Contracts  *contract.Contracts
	Licences   *licence.Licences
	Releases   *release.Releases
	Tickets    *ticket.Tickets
	Requests   *support.Requests

	Subscriptions *subscription.Subscriptions
	Partners      *partner.Partners
	Provisions    *provision.Provisions

	Imports *importer.Intakes

	Tokens *token.Tokens
	OpenID *openid.Provider

	Federations *federation.Federations

	Home   *home.Home
	Search *search.Search

	stop []func(context.Context) error
}

// Open connects and wires everything, and starts nothing. The schema must be this program's own and the key file the
// database's: one clear sentence otherwise, and nothing is changed.
func Open(ctx context.Context, cfg Config) (a *App, err error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	a = &App{Config: cfg}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close(ctx))
		}
	}()
	if path, lite := strings.CutPrefix(cfg.Database, "sqlite:"); lite {
		if _, err := os.Stat(path); err != nil {
			return a, fmt.Errorf("there is no database at %s; run: lodge migrate", path)
		}
	}
	if a.Store, err = store.Open(ctx, cfg.Database, cfg.DatabaseDirect); err != nil {
		return a, err
	}
	a.Store.Clock, a.Store.Log = cfg.Clock, cfg.Log
	a.stop = append(a.stop, func(context.Context) error { return a.Store.Close() })
	if err := a.Store.Current(ctx, schema.Files); err != nil {
		return a, err
	}
	if err := a.keys(ctx); err != nil {
		return a, err
	}
	if a.Blobs, err = blob.Open(ctx, a.Store, cfg.Files); err != nil {
		return a, err
	}
	a.stop = append(a.stop, func(context.Context) error { return a.Blobs.Close() })
	if a.Catalogue, err = lang.New(texts()...); err != nil {
		return a, err
	}
	if a.Jobs, err = job.New(a.Store, cfg.Log); err != nil {
		return a, err
	}
	if err := a.wire(); err != nil {
		return a, err
	}
	return a, a.fence(ctx)
}

// keys reads the key file with which the database's secrets are sealed, and refuses any other. One is made for a new database only.
func (a *App) keys(ctx context.Context) error {
	var known string
	err := a.Store.Read(ctx, func(tx *store.Tx) (err error) {
		known, _, err = store.Maybe[string](tx, `SELECT value FROM meta WHERE name = 'keys.fingerprint'`)
		return err
	})
	if err != nil {
		return err
	}
	if known == "" {
		a.Keys, err = crypt.LoadOrMake(a.Config.Secrets)
	} else {
		a.Keys, err = crypt.Load(a.Config.Secrets)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no key file at %s; this database was made with one (%.8s): put it there, or name it with --secrets", a.Config.Secrets, known)
	}
	if err != nil {
		return err
	}
	// Free: the row is written once, and its primary key decides between two who come first.
	return a.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
		if _, err := tx.Exec(`INSERT INTO meta (name, value) VALUES ('keys.fingerprint', $1) ON CONFLICT (name) DO NOTHING`, a.Keys.Fingerprint()); err != nil {
			return err
		}
		known, err := store.One[string](tx, `SELECT value FROM meta WHERE name = 'keys.fingerprint'`)
		if err != nil {
			return err
		}
		return a.Keys.Belongs(known)
	})
}

func (a *App) wire() error {
	sender, err := a.sender()
	if err != nil {
		return err
	}
	cfg := a.Config
	a.Events = &event.Log{}
	a.Office = &mail.Office{DB: a.Store, Jobs: a.Jobs, Keys: a.Keys, Catalogue: a.Catalogue, Sender: sender, From: cfg.MailFrom, FromName: "Lodge"}
	hasher := &crypt.Hasher{Floor: 300 * time.Millisecond}
	rule := identity.PasswordRule{}
	if cfg.Leaked != "" {
		if rule.Leaked, err = identity.OpenLeaked(cfg.Leaked); err != nil {
			return err
		}
		a.stop = append(a.stop, func(context.Context) error { return rule.Leaked.Close() })
	}
	a.Identities = &identity.Identities{Store: a.Store, Events: a.Events, Hasher: hasher, Keys: a.Keys, Limits: &limit.Limits{DB: a.Store}, Jobs: a.Jobs,
		Office: a.Office, Passwords: rule, BaseURL: cfg.BaseURL, Staff: account.Staff, MustFactor: account.MustFactor, Companies: account.Companies, Vendor: vendorName}
	a.Accounts = &account.Accounts{Store: a.Store, Events: a.Events, Identities: a.Identities, Hasher: hasher, Office: a.Office, Roles: Roles, BaseURL: cfg.BaseURL}
	a.Products = &product.Products{Store: a.Store, Events: a.Events}
	a.Contracts = &contract.Contracts{Store: a.Store, Events: a.Events}
	a.Licences = &licence.Licences{Store: a.Store, Events: a.Events}
	a.Releases = &release.Releases{Store: a.Store, Events: a.Events, Blobs: a.Blobs}
	a.Tickets = &ticket.Tickets{Events: a.Events, Jobs: a.Jobs}
	a.Requests = &support.Requests{Store: a.Store, Tickets: a.Tickets, Office: a.Office, Roles: Roles, BaseURL: cfg.BaseURL, Products: choices, Covered: covered, Supported: supported}
	a.Tokens = &token.Tokens{Store: a.Store, Events: a.Events, Accounts: a.Accounts, Roles: Roles, Scopes: Scopes}
	a.OpenID = &openid.Provider{Store: a.Store, Events: a.Events, Identities: a.Identities, Keys: a.Keys, Jobs: a.Jobs, BaseURL: cfg.BaseURL}
	if err := a.OpenID.Open(cfg.Log); err != nil {
		return err
	}
	a.Federations = &federation.Federations{Store: a.Store, Events: a.Events, Identities: a.Identities, Accounts: a.Accounts, Office: a.Office, Keys: a.Keys, BaseURL: cfg.BaseURL,
		Resolver: federation.NewResolver(cfg.Resolver), Client: federation.NewClient(cfg.PrivateUpstreams), Private: cfg.PrivateUpstreams}
	a.Subscriptions = &subscription.Subscriptions{Store: a.Store, Events: a.Events}
	a.Provisions = &provision.Provisions{Store: a.Store, Events: a.Events, Accounts: a.Accounts, Subscriptions: a.Subscriptions}
	a.Partners = &partner.Partners{Store: a.Store, Events: a.Events, Accounts: a.Accounts, Office: a.Office, Jobs: a.Jobs, BaseURL: cfg.BaseURL}
	a.Home = &home.Home{Store: a.Store, Requests: a.Requests}
	a.Search = &search.Search{Store: a.Store, Requests: a.Requests}
	a.Imports = &importer.Intakes{Store: a.Store, Events: a.Events, Keys: a.Keys, Blobs: a.Blobs, Log: cfg.Log, Wake: make(chan struct{}, 1),
		Language: func(language string) func(string, ...any) string { return a.Catalogue.For(language).T },
		Engine: importer.Command{Store: a.Store, Accounts: a.Accounts, Identities: a.Identities, Products: a.Products, Contracts: a.Contracts, Licences: a.Licences,
			Releases: a.Releases, Hasher: hasher, Keys: a.Keys}}
	a.Events.Reactions = a.reactions()
	a.site()
	return nil
}

func vendorName(tx *store.Tx) (string, error) {
	v, _, err := account.VendorOf(tx)
	return v.Name, err
}

func (a *App) sender() (mail.Sender, error) {
	if a.Config.Mail == "capture:" {
		a.Capture = &mail.Capture{}
		return a.Capture, nil
	}
	s, err := mail.NewSMTP(a.Config.Mail, a.Config.MailDomain())
	if err != nil {
		return nil, fmt.Errorf("--mail: %w", err)
	}
	return s, nil
}

func (a *App) site() {
	a.Site = &web.Site{BaseURL: a.Config.BaseURL, Proxies: a.Config.Proxies, Catalogue: a.Catalogue, Assets: assets.Files(), Pages: templates(),
		Log: a.Config.Log, Clock: a.Config.Clock, Resolve: a.resolve, Frame: a.frame, Read: a.Store.Snapshot, Refusal: a.refusal, Prover: a.Identities}
	a.routes()
}

// Start begins to work on jobs and to seal events; Close ends it.
func (a *App) Start(ctx context.Context) error {
	spare()
	a.Office.Work()
	a.Identities.Work()
	a.Tickets.Work(a.Store)
	a.Partners.Work(Roles.All())
	a.OpenID.Work()
	job.Handle(a.Jobs, a.sweep)
	a.Jobs.Every(time.Hour, sweepUp{})
	if a.Capture != nil && !a.Config.Demo {
		a.Config.Log.WarnContext(ctx, "mail is captured: no letter leaves until --mail names a mail server")
	}
	since, err := a.held(ctx)
	if err != nil {
		return err
	}
	if since != "" {
		a.Config.Log.WarnContext(ctx, "restored copy: no job runs and nothing is sent until lodge restore --confirm and a restart", "restored", since)
	} else {
		if err := a.Jobs.Start(ctx); err != nil {
			return err
		}
		a.stop = append(a.stop, a.Jobs.Stop)
		a.beside(ctx, a.Imports.Work)
	}
	a.beside(ctx, a.seal)
	return nil
}

// beside lets work go on until Close.
func (a *App) beside(ctx context.Context, work func(context.Context)) {
	ctx, end := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); work(ctx) }()
	a.stop = append(a.stop, func(context.Context) error { end(); <-done; return nil })
}

// fence has the search index made anew, by jobs, where another program wrote it that spelt scopes otherwise.
func (a *App) fence(ctx context.Context) error {
	// Free: one conditional statement decides which node asks for it.
	return a.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
		n, err := tx.Exec(`INSERT INTO meta (name, value) VALUES ('search.fence', $1) ON CONFLICT (name) DO UPDATE SET value = $1 WHERE meta.value <> $1`, store.Fenced)
		if err != nil || n == 0 {
			return err
		}
		return a.Tickets.Reindex(tx)
	})
}

// seal gives new events their sequence, once a second.
func (a *App) seal(ctx context.Context) {
	for tick := time.NewTicker(time.Second); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
			if _, err := event.SealNew(ctx, a.Store); err != nil && ctx.Err() == nil {
				a.Config.Log.WarnContext(ctx, "events not sealed", "error", err)
			}
		}
	}
}

// sweepUp is the hourly job that forgets what is over.
type sweepUp struct{}

func (sweepUp) Kind() string { return "app.sweep" }

func (a *App) sweep(ctx context.Context, _ job.Job[sweepUp]) error {
	err := a.Store.Write(ctx, store.Free, func(tx *store.Tx) error { // Free: only rows that nobody can use any more
		return errors.Join(once.Sweep(tx), limit.Sweep(tx), account.Sweep(tx), mail.Sweep(tx), a.Requests.Sweep(tx))
	})
	return errors.Join(err, a.Identities.Sweep(ctx), a.Imports.Sweep(ctx), a.Blobs.Sweep(ctx), a.Partners.Sweep(ctx, Roles.All()), a.OpenID.Sweep(ctx),
		a.Federations.Sweep(ctx, Roles.All()), web.SweepFiles(a.Config.Clock.Now()))
}

// Close ends everything in the opposite order of its beginning.
func (a *App) Close(ctx context.Context) error {
	var err error
	for i := len(a.stop) - 1; i >= 0; i-- {
		err = errors.Join(err, a.stop[i](ctx))
	}
	a.stop = nil
	return err
}
