// Command oldshare puts a record into the store of a folder as if it had been
// shared some days ago, and prints its identifier: a test does not wait until a
// share expires.
//
//	oldshare DIR DAYS < RECORD
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"framewise/server/share"
	"framewise/server/share/bolt"
)

func main() {
	if err := put(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func put() error {
	if len(os.Args) != 3 {
		return fmt.Errorf("usage: oldshare DIR DAYS < RECORD")
	}
	days, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return err
	}
	record, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	body, err := share.Prepare(record)
	if err != nil {
		return err
	}
	store, err := bolt.Open(filepath.Join(os.Args[1], "shares.db"), share.Options{})
	if err != nil {
		return err
	}
	receipt, err := store.Put(context.Background(), body, time.Now().AddDate(0, 0, -days))
	if err == nil {
		fmt.Println(receipt.ID)
	}
	if bad := store.Close(); err == nil {
		err = bad
	}
	return err
}
