package agent

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"time"

	"parley/internal/kernel/clock"
	"parley/internal/platform/db"
	"parley/internal/platform/web"
)

// errKeys means that somebody changed the installation's rows by hand.
var errKeys = errors.New("installation: the key of known devices, or since when cookies have a prefix, is damaged")

// Keys are what the installation remembers about the cookies that it gives out.
type Keys struct {
	device   deviceKey
	prefixed time.Time // logins made before may have a cookie without the prefix; zero: none has
}

const (
	deviceFact   = "device_key"
	prefixedFact = "cookies_prefixed_at"
)

// LoadKeys reads them, and makes them on the first start. Nodes that start together agree. baseURL is the address that
// people type: once it is https, the time is noted from when cookies have a prefix.
func LoadKeys(ctx context.Context, d *db.DB, baseURL string, now clock.Clock) (Keys, error) {
	fresh := make([]byte, deviceKeySize)
	_, _ = rand.Read(fresh) // never fails
	stored, err := fact(ctx, d, deviceFact, base64.StdEncoding.EncodeToString(fresh))
	if err != nil {
		return Keys{}, fmt.Errorf("load the key of known devices: %w", err)
	}
	var k Keys
	if k.device, err = base64.StdEncoding.DecodeString(stored); err != nil || len(k.device) < deviceKeySize {
		return Keys{}, errKeys
	}
	if !web.IsHTTPS(baseURL) {
		return k, nil
	}
	stored, err = fact(ctx, d, prefixedFact, strconv.FormatInt(now().UnixMilli(), 10))
	if err != nil {
		return Keys{}, fmt.Errorf("load since when cookies have a prefix: %w", err)
	}
	ms, err := strconv.ParseInt(stored, 10, 64)
	if err != nil {
		return Keys{}, errKeys
	}
	k.prefixed = time.UnixMilli(ms)
	return k, nil
}

// fact reads something about the installation, or writes it where there is nothing yet.
func fact(ctx context.Context, d *db.DB, name, first string) (value string, err error) {
	err = d.Read(ctx, func(tx *db.Tx) (err error) {
		value, err = findFact(ctx, tx, name)
		return err
	})
	if err != nil || value != "" {
		return value, err
	}
	err = d.Write(ctx, func(tx *db.Tx) (err error) {
		if err := keepFact(ctx, tx, name, first); err != nil {
			return err
		}
		value, err = findFact(ctx, tx, name)
		return err
	})
	return value, err
}
