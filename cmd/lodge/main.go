// Command lodge is the portal and everything one does to it from a console.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"lodge/internal/app"
)

// shared are the flags of every command that opens the database.
type shared struct {
	Database       string   `help:"Where the data is: sqlite:PATH or postgres://…" default:"sqlite:var/lodge.db" placeholder:"URL"`
	DatabaseDirect string   `help:"The same database past a connection pooler." placeholder:"URL"`
	Files          string   `help:"Where files are: file:///FOLDER or s3://BUCKET?region=R&endpoint=URL&prefix=P, credentials as AWS programs read them. Default: the folder files beside the database." placeholder:"URL"`
	Secrets        string   `help:"Key file; made on first use." default:"var/lodge.key" placeholder:"FILE"`
	BaseURL        string   `name:"base-url" help:"Address of the portal: https://HOST. Default with a loopback --listen: http://LISTEN." placeholder:"URL"`
	Mail           string   `help:"Mail server: smtp://… or smtps://…; with capture: no letter leaves." default:"smtp://127.0.0.1:25?tls=opportunistic" placeholder:"URL"`
	MailFrom       string   `help:"Address of the portal. Default: lodge@HOST." placeholder:"ADDRESS"`
	Listen         string   `help:"Address to listen on." default:"127.0.0.1:8080" placeholder:"ADDR"`
	TrustedProxies []string `help:"Networks whose X-Forwarded-For is believed." placeholder:"CIDR"`
	Leaked         string   `help:"File of leaked passwords: sorted SHA-1, hex." placeholder:"FILE"`
	Resolver       string   `help:"Name server that is asked for the records with which companies prove their domains: HOST:PORT. Default: the system's." placeholder:"ADDR"`
	PrivateSignIn  bool     `name:"private-sign-in" help:"A company's own sign-in may be in a private network, or on this computer."`
	LogFormat      string   `name:"log" help:"text or json." enum:"text,json" default:"text"`
	Config         string   `help:"File with the same settings: name = \"value\"." placeholder:"FILE"`
}

// config is what package app takes.
func (s *shared) config() (app.Config, error) {
	c := app.Config{Listen: s.Listen, BaseURL: s.BaseURL, Database: s.Database, DatabaseDirect: s.DatabaseDirect, Files: s.Files, Mail: s.Mail,
		MailFrom: s.MailFrom, Secrets: s.Secrets, Leaked: s.Leaked, Resolver: s.Resolver, PrivateUpstreams: s.PrivateSignIn, Log: s.logger(os.Stderr)}
	if c.Files == "" {
		c.Files = app.DefaultFiles(c.Database)
	}
	for _, p := range s.TrustedProxies {
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			return c, fmt.Errorf("--trusted-proxies %q: want a network such as 10.0.0.0/8", p)
		}
		c.Proxies = append(c.Proxies, prefix)
	}
	return c, nil
}

func (s *shared) logger(w io.Writer) *slog.Logger {
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

type commands struct {
	shared
	Serve   serveCmd   `cmd:"" help:"Run the portal."`
	Demo    demoCmd    `cmd:"" help:"Run the portal with a demo world; mail is captured at /-/mail."`
	Init    initCmd    `cmd:"" help:"Make the vendor in a migrated, empty database."`
	Migrate migrateCmd `cmd:"" help:"Bring the database's schema up to date."`
	Import  importCmd  `cmd:"" help:"Take over the data of an old portal."`
	Invite  inviteCmd  `cmd:"" help:"Invite a person into an organisation."`
	Backup  backupCmd  `cmd:"" help:"Write database and files into one sealed file, while the portal runs."`
	Restore restoreCmd `cmd:"" help:"Bring a backup back into an empty place; the copy is silent until it is confirmed."`
	Release releaseCmd `cmd:"" help:"Sign files of releases, on the release manager's computer."`
	Token   tokenCmd   `cmd:"" help:"Make an API token and print it once."`
	Policy  policyCmd  `cmd:"" help:"Say who must have a second factor, or print it."`
	Keys    keysCmd    `cmd:"" help:"Change the key that seals secrets."`
	Doctor  doctorCmd  `cmd:"" help:"Check configuration, database, files, mail and clock."`
	Version versionCmd `cmd:"" help:"Print version and commit."`
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main without the process: 0 done, 1 failed with one sentence, 2 wrong usage.
func run(args []string, out, errs io.Writer) (code int) {
	var c commands
	exited := -1
	parser, err := kong.New(&c, kong.Name("lodge"), kong.Description("The portal where a software vendor's customers, partners and programs check in."),
		kong.UsageOnError(), kong.DefaultEnvars("LODGE"), kong.Writers(out, errs), kong.Exit(func(n int) { exited = n }),
		kong.Resolvers(fileResolver(args)))
	if err != nil {
		fmt.Fprintln(errs, "lodge:", err)
		return 2
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintln(errs, "lodge:", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	parsed.Bind(&c.shared, &console{out, errs})
	if err := parsed.Run(); err != nil {
		if !errors.Is(err, errSaid) {
			fmt.Fprintln(errs, "lodge:", sentence(err))
		}
		return 1
	}
	return 0
}

// errSaid is returned by a command that has said itself what failed.
var errSaid = errors.New("said already")

// console is where a command speaks.
type console struct{ out, err io.Writer }

// sentence makes one line of an error.
func sentence(err error) string {
	return strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; ")
}
