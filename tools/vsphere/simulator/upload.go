package main

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
)

// serveUploads applies the configured faults before the simulator's upload handler, and refuses uploads of a lease that has
// ended. A pattern with a method goes before the simulator's own pattern without one.
func serveUploads(mux *http.ServeMux, c uploadConfig, t *traffic) {
	disturbed := func(w http.ResponseWriter, r *http.Request) {
		part := strings.Split(r.URL.Path, "/")
		if len(part) < 3 || !t.leases.isOpen(part[2]) {
			http.NotFound(w, r)
			return
		}
		rule := t.count("upload")
		r.Body = &disturbedBody{
			ReadCloser: r.Body, config: c, rule: rule, traffic: t, start: time.Now(), done: r.Context().Done(),
		}
		simulator.ServeNFC(w, r)
	}
	mux.HandleFunc("POST /nfc/", disturbed)
	mux.HandleFunc("PUT /nfc/", disturbed)
}

type disturbedBody struct {
	io.ReadCloser
	config  uploadConfig
	rule    *callRule
	traffic *traffic
	start   time.Time
	read    int64
	done    <-chan struct{}
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
	if b.rule != nil {
		if left := b.rule.AtBytes - b.read; left > 0 && left < int64(len(buffer)) {
			buffer = buffer[:left]
		} else if left <= 0 {
			rule := b.rule
			b.rule = nil
			switch rule.Action {
			case "cut":
				panic(http.ErrAbortHandler)
			case "hold":
				b.traffic.hold("upload")
			}
		}
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
