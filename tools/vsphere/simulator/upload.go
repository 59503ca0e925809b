package main

import (
	"io"
	"net/http"
	"time"

	"github.com/vmware/govmomi/simulator"
)

// disturbUploads puts the wanted trouble before the simulator's upload handler. A pattern with a method goes before the
// simulator's own pattern without one.
func disturbUploads(mux *http.ServeMux, c uploadConfig) {
	if c == (uploadConfig{}) {
		return
	}
	disturbed := func(w http.ResponseWriter, r *http.Request) {
		r.Body = &disturbedBody{ReadCloser: r.Body, config: c, start: time.Now(), done: r.Context().Done()}
		simulator.ServeNFC(w, r)
	}
	mux.HandleFunc("POST /nfc/", disturbed)
	mux.HandleFunc("PUT /nfc/", disturbed)
}

type disturbedBody struct {
	io.ReadCloser
	config uploadConfig
	start  time.Time
	read   int64
	done   <-chan struct{}
}

const slice = 64 << 10

func (b *disturbedBody) Read(buffer []byte) (int, error) {
	if limit := b.config.ResetAfterBytes; limit > 0 && b.read >= limit {
		panic(http.ErrAbortHandler)
	}
	if limit := b.config.StallAfterBytes; limit > 0 && b.read >= limit {
		<-b.done
		return 0, io.ErrUnexpectedEOF
	}
	if len(buffer) > slice {
		buffer = buffer[:slice]
	}
	n, err := b.ReadCloser.Read(buffer)
	b.read += int64(n)
	if rate := b.config.BytesPerSecond; rate > 0 {
		due := b.start.Add(time.Duration(float64(b.read) / float64(rate) * float64(time.Second)))
		select {
		case <-time.After(time.Until(due)):
		case <-b.done:
		}
	}
	return n, err
}
