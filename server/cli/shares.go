package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"framewise/server/share"
	"framewise/server/share/bolt"
)

// shares is what serve keeps for others, or that it keeps nothing.
type shares struct {
	store  *bolt.Store // nil without --data
	api    *share.Handler
	log    *slog.Logger
	backup string
	hosts  []string // that requests may name
	every  time.Duration
}

// openShares opens the store in the folder of --data.
func (f *serveFlags) openShares() (*shares, error) {
	s := &shares{log: f.relay.Log, backup: f.backup, every: f.backupEvery, hosts: f.relay.Hosts}
	if f.data == "" {
		return s, nil
	}
	if err := os.MkdirAll(f.data, 0o700); err != nil {
		return nil, fmt.Errorf("the folder of --data can't be made: %w", err)
	}
	store, err := bolt.Open(filepath.Join(f.data, "shares.db"), share.Options{
		Lifetime: time.Duration(f.shareDays) * 24 * time.Hour, Quota: f.shareQuota})
	if err != nil {
		return nil, err
	}
	s.store = store
	s.api = share.NewHandler(share.HandlerOptions{Store: store, Log: s.log,
		Origins: f.relay.Origins, Hosts: f.relay.Hosts})
	return s, nil
}

// ServeHTTP answers the API, or says that there is none.
func (s *shares) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.api != nil {
		s.api.ServeHTTP(w, r)
		return
	}
	share.Refuse(w, http.StatusNotImplemented, share.Refusal{Kind: "no-store",
		Message: "this server keeps nothing: start it with --data DIR to share by short links"})
}

// start sweeps and copies in the background. stop ends that and closes the store.
func (s *shares) start(ctx context.Context) (stop func()) {
	if s.store == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { s.api.SweepEvery(ctx, time.Hour) })
	if s.backup != "" {
		work.Go(func() { s.copyEvery(ctx) })
	}
	return func() {
		cancel()
		work.Wait()
		if err := s.store.Close(); err != nil {
			s.log.Error("share", "close", err)
		}
	}
}

func (s *shares) copyEvery(ctx context.Context) {
	t := time.NewTicker(s.every)
	defer t.Stop()
	for {
		if err := s.copy(ctx); err != nil {
			s.log.Error("share", "backup", err)
		} else {
			s.log.Info("share", "backup", s.backup)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// copy writes the backup beside its place and moves it there when it is whole
// and on disk.
func (s *shares) copy(ctx context.Context) (err error) {
	dir := filepath.Dir(s.backup)
	f, err := os.CreateTemp(dir, filepath.Base(s.backup)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if err := errors.Join(s.store.Backup(ctx, f), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), s.backup); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
