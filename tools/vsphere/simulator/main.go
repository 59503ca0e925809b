// Command vsphere-simulator is govmomi's simulator with a set-up for tests and demonstrations: one process is one
// endpoint, an ESXi host or a vCenter, with real SOAP and uploads over TLS on a loopback address.
//
// When it is ready it prints one line of JSON to stdout. Logins are reported to stderr as lines of JSON, never with the
// password. SIGINT and SIGTERM end it; only the certificate in -tls-dir
// and, with -state, its VMs are kept.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/simulator/vpx"
	"github.com/vmware/govmomi/vim25/types"

	_ "github.com/vmware/govmomi/pbm/simulator"
	_ "github.com/vmware/govmomi/vapi/simulator"
)

// ready is the line on stdout.
type ready struct {
	URL         string `json:"url"`
	Fingerprint string `json:"fingerprint"`
	Username    string `json:"username"`
	Kind        string `json:"kind"`
	PID         int    `json:"pid"`
}

func main() {
	c, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(0)
	}
	if err == nil {
		err = run(c)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "vsphere-simulator: %s\n", err)
		os.Exit(1)
	}
}

func run(c config) error {
	stop := make(chan os.Signal, 2)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)

	cert, err := certificate(c.TLS)
	if err != nil {
		return err
	}
	storage, err := os.MkdirTemp("", "vsphere-simulator-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(storage)

	model := &simulator.Model{ServiceContent: serviceContent(c), RootFolder: esx.RootFolder}
	if c.Kind == "vpx" {
		model.RootFolder = vpx.RootFolder
	}
	model.DelayConfig.MethodDelay = nil // slow methods only after the inventory exists
	if err := model.Create(); err != nil {
		return err
	}
	defer model.Remove()
	inventory, err := build(context.Background(), model, c, storage)
	if err != nil {
		return err
	}
	if err := addFaults(model.Service, c); err != nil {
		return err
	}
	model.DelayConfig.MethodDelay = c.MethodDelayMS

	service := model.Service
	service.RegisterEndpoints = true
	service.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	service.Listen = &url.URL{Host: c.Listen, User: url.UserPassword(c.Username, c.Password)}
	model.Map().SessionManager().ValidLogin = func(login *types.Login) bool {
		valid := login.UserName == c.Username && login.Password == c.Password
		report(os.Stderr, map[string]any{"event": "login", "username": login.UserName, "ok": valid})
		return valid
	}
	server := service.NewServer()
	var writing sync.Mutex
	say := func(line any) {
		writing.Lock()
		defer writing.Unlock()
		report(os.Stdout, line)
	}
	traffic := addTraffic(service, inventory.leases, func(method string) {
		say(map[string]string{"event": "held", "method": method})
	})
	serveUploads(service.ServeMux, c.Upload, traffic)

	endpoint := url.URL{Scheme: "https", Host: server.URL.Host}
	say(ready{endpoint.String(), fingerprint(cert), c.Username, c.Kind, os.Getpid()})

	if c.Control {
		go func() {
			inventory.obey(os.Stdin, say, traffic)
			stop <- os.Interrupt
		}()
	} else if c.ExitWithParent {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			stop <- os.Interrupt
		}()
	}
	if c.State == "" {
		<-stop
	} else {
		ended, written := make(chan struct{}), make(chan struct{})
		go func() {
			inventory.keepState(ended)
			close(written)
		}()
		<-stop
		close(ended)
		<-written
	}
	// No orderly close of the server: it would wait for clients that wait for updates.
	return nil
}

func report(to io.Writer, line any) {
	_ = json.NewEncoder(to).Encode(line)
}

// serviceContent is the simulator's template with the wanted product version.
func serviceContent(c config) types.ServiceContent {
	content, product := esx.ServiceContent, "VMware ESXi"
	build := "22380479"
	if c.Kind == "vpx" {
		content, product = vpx.ServiceContent, "VMware vCenter Server"
		build = "22385739"
	}
	if c.Build != "" {
		build = c.Build
	}
	about := &content.About
	about.Version, about.Build, about.ApiVersion = c.Version, build, c.Version+".0"
	about.FullName = fmt.Sprintf("%s %s build-%s", product, c.Version, build)
	about.LicenseProductVersion = c.Version[:1] + ".0"
	return content
}
