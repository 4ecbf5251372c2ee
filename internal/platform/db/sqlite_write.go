package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"parley/internal/kernel/event"
)

const (
	maxWaiting = 1024 // transactions waiting for the writer; further callers wait outside until their ctx ends
	maxGroup   = 256  // transactions in one commit: about 15 ms, which bounds what a caller waits for the others
	maxBehind  = 16   // committed groups that are not published yet; then the writer waits
)

// job is one caller's transaction.
type job struct {
	ctx   context.Context //nolint:containedctx // it belongs to the one call that the job stands for
	fn    func(*Tx) error
	taken atomic.Bool // by the writer, or by its own caller who no longer waits
	tx    *Tx
	err   error
	done  chan error // holds one
}

// group is what one commit stores.
type group struct {
	jobs   []*job
	events []event.Event
}

// writer is the only one that writes to the file. It runs the transactions that wait, each in its savepoint, and commits
// them together: one fsync for all. Publishing and answering is another goroutine's work, so that the next group runs meanwhile.
type writer struct {
	pool    *sql.DB
	conn    *sql.Conn // used by loop alone
	publish func([]event.Event)
	log     *slog.Logger
	stats   *counters

	mu     sync.RWMutex // over closed, and over sending to queue
	closed bool
	queue  chan *job
	behind chan group
	ended  sync.WaitGroup
	broken atomic.Bool // the last write that was tried failed for a reason of the disk's

	current group // what the loop is at
	suspect bool  // a statement failed for such a reason: begin anew with a fresh connection
}

var errClosed = fmt.Errorf("%w: the database is closed", ErrUnavailable)

func (w *writer) start(o Options) {
	w.publish, w.log, w.stats = o.Publish, o.Log, o.stats
	w.queue, w.behind = make(chan *job, maxWaiting), make(chan group, maxBehind)
	w.ended.Go(w.loop)
	w.ended.Go(w.news)
}

func (w *writer) stop() error {
	if w.queue != nil {
		w.mu.Lock()
		w.closed = true
		close(w.queue)
		w.mu.Unlock()
		w.ended.Wait()
	}
	return w.pool.Close()
}

func (w *writer) write(ctx context.Context, fn func(*Tx) error) error {
	j := &job{ctx: ctx, fn: fn, done: make(chan error, 1)}
	if err := w.enqueue(ctx, j); err != nil {
		return err
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		if j.taken.CompareAndSwap(false, true) {
			return ctx.Err() // the writer will pass it over
		}
		return <-j.done
	}
}

func (w *writer) enqueue(ctx context.Context, j *job) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return errClosed
	}
	select {
	case w.queue <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// loop runs groups until the queue is closed and empty.
func (w *writer) loop() {
	ended := false
	defer func() {
		if ended {
			close(w.behind)
			return
		}
		// A fn ended its goroutine, which is ours: a test's FailNow. Its group fails, and the writer goes on.
		w.failed(context.Background(), errors.New("a transaction ended the goroutine it ran on"))
		w.behind <- w.current
		w.ended.Go(w.loop)
	}()
	for j := range w.queue {
		w.group(j)
		w.behind <- w.current
	}
	w.discard() // only this goroutine may
	ended = true
}

// news publishes the committed groups in order and answers their callers.
func (w *writer) news() {
	for g := range w.behind {
		if len(g.events) > 0 {
			w.tell(g.events)
		}
		for _, j := range g.jobs {
			j.done <- j.err
		}
	}
}

// tell keeps a listener's panic from taking the database with it.
func (w *writer) tell(events []event.Event) {
	defer func() {
		if v := recover(); v != nil {
			w.log.Error("publishing failed", "panic", v)
		}
	}()
	w.publish(events)
}

// group runs first and all that wait behind it in one transaction.
func (w *writer) group(first *job) {
	w.current = group{}
	ctx := context.Background() // no caller's: they all share it
	err := w.begin(ctx)
	for j := first; j != nil; j = w.next() {
		if !j.taken.CompareAndSwap(false, true) {
			continue
		}
		w.current.jobs = append(w.current.jobs, j)
		if err == nil {
			err = w.one(ctx, j)
		}
	}
	if err == nil {
		_, err = w.conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		w.failed(ctx, err)
		return
	}
	stored := 0
	for _, j := range w.current.jobs {
		if j.err == nil {
			stored++
			w.current.events = append(w.current.events, j.tx.events...)
		}
	}
	w.stats.committed(stored)
	if w.suspect {
		w.discard()
	} else if stored > 0 && w.broken.CompareAndSwap(true, false) {
		w.log.Info("the database can be written again")
	}
}

// next takes a waiting job without waiting for one.
func (w *writer) next() *job {
	if len(w.current.jobs) >= maxGroup {
		return nil
	}
	select {
	case j := <-w.queue:
		return j // nil when the queue is closed
	default:
		return nil
	}
}

func (w *writer) begin(ctx context.Context) (err error) {
	if w.conn == nil {
		if w.conn, err = w.pool.Conn(ctx); err != nil {
			return fmt.Errorf("open the writer: %w", err)
		}
	}
	if _, err = w.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	return nil
}

// one runs a job in its savepoint. It returns an error only when the whole group is lost: a failed fn is its caller's affair,
// who hears of it after the commit like the others, because it may have seen what the others wrote.
func (w *writer) one(ctx context.Context, j *job) error {
	if _, err := w.conn.ExecContext(ctx, "SAVEPOINT one"); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	j.tx = &Tx{q: w.conn, dialect: SQLite, detached: true}
	j.err = explain(j.tx.run(j.fn))
	if j.err == nil {
		_, err := w.conn.ExecContext(ctx, "RELEASE one")
		return err
	}
	if sqliteUnavailable(j.tx.failed) {
		w.fault(j.tx.failed)
	}
	if _, err := w.conn.ExecContext(ctx, "ROLLBACK TO one"); err != nil {
		return errors.Join(j.tx.failed, err) // SQLite has rolled back everything by itself: the disk is full or fails
	}
	_, err := w.conn.ExecContext(ctx, "RELEASE one")
	return err
}

// failed rolls the group back and tells all of it.
func (w *writer) failed(ctx context.Context, cause error) {
	w.fault(cause)
	for _, j := range w.current.jobs {
		j.err = fmt.Errorf("%w: %w", ErrUnavailable, cause)
	}
	w.current.events = nil
	if w.conn != nil {
		_, _ = w.conn.ExecContext(ctx, "ROLLBACK") // there may be nothing left to roll back
	}
	if w.suspect {
		w.discard()
	}
}

// fault notes, and logs once until it is over, that the disk does not take what we write.
func (w *writer) fault(cause error) {
	w.suspect = w.suspect || !full(cause)
	if !w.broken.Swap(true) {
		w.log.Error("the database cannot be written", "err", cause)
	}
}

// discard closes the connection; the next group opens another.
func (w *writer) discard() {
	w.suspect = false
	if w.conn == nil {
		return
	}
	_ = w.conn.Raw(func(any) error { return driver.ErrBadConn }) // database/sql's way to say: do not use it again
	w.conn = nil
}

// probe writes something when the last group could not be stored, to find out whether the cause is gone.
func (w *writer) probe(ctx context.Context) error {
	if !w.broken.Load() {
		return nil
	}
	return w.write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(ctx, "PRAGMA user_version = 0") // writes a page, and changes nothing: Parley does not use it
		return err
	})
}
