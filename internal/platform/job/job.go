// Package job runs work after a change is committed: mail, index, anything that leaves the process.
//
// It is a thin door over River on both engines. A job is inserted in the transaction of the change, so it exists exactly
// if the change does. It is tried again with growing pauses, and parked where an operator sees it when all tries are used
// up. A job may run twice (a node can die between effect and book-keeping): its effect in the database and Job.Done
// belong into one Write, its effect outside carries a key of its own.
package job

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"lodge/internal/platform/store"
)

// Args are what a job needs, stored as JSON: ids, never secrets. Kind is its name, "mail.send".
type Args interface{ Kind() string }

// Tries is how often a job is tried before it is parked: with growing pauses that is about three weeks.
const Tries = 25

// Queue takes jobs and, once started, works on them.
type Queue struct {
	DB      *store.DB
	Log     *slog.Logger
	Workers int // at one time; 0 means 20
	// Span is told of each try at a job, and how it ended. Nil costs nothing.
	Span func(ctx context.Context, kind string) (within context.Context, end func(error))

	handlers *river.Workers
	periodic []*river.PeriodicJob
	insert   *river.Client[*sql.Tx]
	work     worker
	close    func() error
}

// worker is what both drivers' clients can do.
type worker interface {
	Start(context.Context) error
	Stop(context.Context) error
	StopAndCancel(context.Context) error
	JobList(context.Context, *river.JobListParams) (*river.JobListResult, error)
	JobRetry(context.Context, int64) (*rivertype.JobRow, error)
}

// New is a queue that takes jobs; Handle says who works on them, Start begins.
func New(db *store.DB, log *slog.Logger) (*Queue, error) {
	q := &Queue{DB: db, Log: log, handlers: river.NewWorkers()}
	var driver riverdriver.Driver[*sql.Tx] = riversqlite.New(nil)
	if db.Engine() == "postgres" {
		driver = riverdatabasesql.New(nil)
	}
	insert, err := river.NewClient(driver, &river.Config{FetchCooldown: cooldown, Logger: slog.New(slog.DiscardHandler)})
	q.insert = insert
	return q, err
}

// cooldown also limits how often an insert wakes the workers.
const cooldown = 10 * time.Millisecond

// parkedFor is how long parked jobs wait for somebody to decide. River's own "for ever", -1, deletes them at once on SQLite.
const parkedFor = 10 * 365 * 24 * time.Hour

// Option says more about a job.
type Option func(*river.InsertOpts)

// At runs the job not before t; up to five seconds late.
func At(t time.Time) Option { return func(o *river.InsertOpts) { o.ScheduledAt = t } }

// Tried says how often the job is tried before it is parked.
func Tried(n int) Option { return func(o *river.InsertOpts) { o.MaxAttempts = n } }

// One drops the job if an equal one is waiting or running.
func One(o *river.InsertOpts) {
	o.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled}}
}

// Insert puts a job into the queue when the transaction commits.
func (q *Queue) Insert(tx *store.Tx, args Args, options ...Option) error {
	opts := &river.InsertOpts{MaxAttempts: Tries}
	for _, o := range options {
		o(opts)
	}
	q.DB.Pass(tx.Context(), "job.inserting")
	if _, err := q.insert.InsertTx(tx.Context(), tx.SQL(), args, opts); err != nil {
		return fmt.Errorf("insert job %s: %w", args.Kind(), err)
	}
	return nil
}

// Job is one try at the work.
type Job[T Args] struct {
	ID   int64
	Args T
	Try  int  // 1 is the first
	Last bool // parked if it fails
}

// Done marks the job's effect as made; first is false if an earlier try made it already: then change nothing.
func (j Job[T]) Done(tx *store.Tx) (first bool, err error) {
	n, err := tx.Exec(`INSERT INTO job_done (job_id, at) VALUES ($1, $2) ON CONFLICT (job_id) DO NOTHING`, j.ID, tx.Now)
	return n == 1, err
}

// Never wraps an error that another try cannot mend: the job is parked at once.
func Never(err error) error { return river.JobCancel(err) }

// errPanic is how a job ended that did not end.
var errPanic = errors.New("panic")

// Handle says who works on jobs of T. All handlers are known before Start.
func Handle[T Args](q *Queue, f func(ctx context.Context, j Job[T]) error) {
	var none T
	river.AddWorker(q.handlers, river.WorkFunc(func(ctx context.Context, j *river.Job[T]) error {
		q.DB.Pass(ctx, "job.begun")
		err := errPanic
		if q.Span != nil {
			within, end := q.Span(ctx, none.Kind())
			ctx = within
			defer func() { end(err) }()
		}
		err = f(ctx, Job[T]{j.ID, j.Args, j.Attempt, j.Attempt >= j.MaxAttempts})
		if err != nil {
			q.Log.WarnContext(ctx, "job failed", "job", j.ID, "kind", none.Kind(), "try", j.Attempt, "error", err)
		}
		q.DB.Pass(ctx, "job.ended")
		return err
	}))
}

// Every inserts a job again and again, and once at the start; only one node does.
func (q *Queue) Every(interval time.Duration, args Args) {
	q.periodic = append(q.periodic, river.NewPeriodicJob(river.PeriodicInterval(interval),
		func() (river.JobArgs, *river.InsertOpts) {
			o := &river.InsertOpts{MaxAttempts: 3}
			One(o)
			return args, o
		},
		&river.PeriodicJobOpts{ID: strings.ReplaceAll(args.Kind(), ".", "_"), RunOnStart: true}))
}

// Start begins to work. Jobs of a node that died are taken over after five minutes.
func (q *Queue) Start(ctx context.Context) error {
	workers := q.Workers
	if workers == 0 {
		workers = 20
	}
	cfg := &river.Config{
		Logger: q.Log, Workers: q.handlers, PeriodicJobs: q.periodic,
		Queues:        map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}},
		FetchCooldown: cooldown, FetchPollInterval: time.Second, MaxAttempts: Tries,
		JobTimeout: time.Minute, RescueStuckJobsAfter: 5 * time.Minute,
		DiscardedJobRetentionPeriod: parkedFor, CancelledJobRetentionPeriod: parkedFor,
	}
	if err := q.connect(ctx, cfg); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	return q.work.Start(ctx)
}

// connect gives the workers a pool of their own, so that a backlog does not stand in the way of pages.
func (q *Queue) connect(ctx context.Context, cfg *river.Config) error {
	if q.DB.Engine() == "postgres" {
		pool, err := pgxpool.New(ctx, q.DB.DirectURL())
		if err != nil {
			return err
		}
		q.close = func() error { pool.Close(); return nil }
		q.work, err = river.NewClient(riverpgxv5.New(pool), cfg)
		return err
	}
	cfg.FetchPollInterval = 100 * time.Millisecond // SQLite cannot call; asking costs one percent of a core
	db, err := q.DB.OpenWriter()
	if err != nil {
		return err
	}
	q.close = db.Close
	q.work, err = river.NewClient(riversqlite.New(db), cfg)
	return err
}

// Stop lets running jobs finish until ctx ends, then cancels them: they run again elsewhere.
func (q *Queue) Stop(ctx context.Context) error {
	if q.work == nil {
		return nil
	}
	err := q.work.Stop(ctx)
	if ctx.Err() != nil {
		hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		err = q.work.StopAndCancel(hard)
	}
	return errors.Join(err, q.close())
}

// Parked is a job that an operator has to decide about.
type Parked struct {
	ID    int64
	Kind  string
	Tries int
	Error string // of the last try
	At    time.Time
}

// ListParked gives the hundred oldest parked jobs.
func (q *Queue) ListParked(ctx context.Context) ([]Parked, error) {
	res, err := q.work.JobList(ctx, river.NewJobListParams().States(rivertype.JobStateDiscarded, rivertype.JobStateCancelled).First(100))
	if err != nil {
		return nil, fmt.Errorf("list parked jobs: %w", err)
	}
	all := make([]Parked, len(res.Jobs))
	for i, j := range res.Jobs {
		all[i] = Parked{ID: j.ID, Kind: j.Kind, Tries: j.Attempt}
		if j.FinalizedAt != nil {
			all[i].At = j.FinalizedAt.UTC()
		}
		if n := len(j.Errors); n > 0 {
			all[i].Error = j.Errors[n-1].Error
		}
	}
	return all, nil
}

// ParkedKinds are the kinds of the jobs that wait for an operator, each with how many, the most first.
func ParkedKinds(tx *store.Tx) ([]string, error) {
	return store.Query[string](tx, `
		SELECT kind || ' ' || CAST(count(*) AS TEXT) FROM river_job WHERE CAST(state AS TEXT) IN ('discarded', 'cancelled')
		GROUP BY kind ORDER BY count(*) DESC, kind LIMIT 20`)
}

// CountParked is how many jobs wait for an operator, at most 100; of any process, whether it works on jobs or not.
func CountParked(tx *store.Tx) (int, error) {
	return store.One[int](tx, `SELECT count(*) FROM (SELECT 1 FROM river_job WHERE CAST(state AS TEXT) IN ('discarded', 'cancelled') LIMIT 100) x`)
}

// Retry takes a parked job up again.
func (q *Queue) Retry(ctx context.Context, id int64) error {
	_, err := q.work.JobRetry(ctx, id)
	return err
}
