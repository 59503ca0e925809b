package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/vmware/govmomi/cli"
	"github.com/vmware/govmomi/cli/flags"
	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Limits for the work that is left when govc is asked to stop. A host that does not answer keeps govc no longer.
const (
	logoutLimit = 3 * time.Second
	leaseLimit  = 10 * time.Second
)

// withoutEndpoint are the commands that do not log in, and session.login, which hands its session over.
var withoutEndpoint = map[string]bool{"about.cert": true, "import.spec": true, "session.login": true, "version": true}

// ending ends a command in order: an open lease is aborted and the session is logged out, whether the command succeeds,
// fails or is asked to stop by a signal or by the end of its parent.
type ending struct {
	context context.Context
	cancel  context.CancelFunc
	once    sync.Once
	// leases is the number of import leases that are open or being asked for.
	leases atomic.Int32
}

// theEnd is the ending of this process, which runs one command.
var theEnd = newEnding()

func newEnding() *ending {
	ctx, cancel := context.WithCancel(context.Background())
	return &ending{context: ctx, cancel: cancel}
}

// watch waits for a signal. With $GOVC_PARENT_PIPE=1 standard input is a pipe from the parent that carries nothing: the
// parent closes it to stop govc, and the system closes it when the parent is killed.
func (e *ending) watch() {
	// After the parent has ended, the first write would end govc by default, before the logout.
	signal.Ignore(syscall.SIGPIPE)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		e.stop()
	}()
	if os.Getenv("GOVC_PARENT_PIPE") == "1" {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			e.stop()
		}()
	}
}

func (e *ending) stop() {
	e.once.Do(func() {
		e.cancel()
		limit := logoutLimit
		if e.leases.Load() > 0 {
			limit = leaseLimit
		}
		time.AfterFunc(limit, func() { os.Exit(1) })
	})
}

func (e *ending) wrapCommands() {
	for name, inner := range cli.Commands() {
		if !withoutEndpoint[name] {
			cli.Register(name, &command{Command: inner, end: e, isKeeper: name == "session.keep"})
		}
	}
}

// command is a command of govc with one client. A command composed of several flags has several methods
// Logout, so Go promotes none and govc calls none: vm.disk.create left its session open.
type command struct {
	cli.Command
	client *flags.ClientFlag
	end    *ending
	// isKeeper is true for the process that logs in for the commands of a shared session.
	isKeeper bool
}

func (c *command) Register(ctx context.Context, f *flag.FlagSet) {
	// The flags of the command find this client in the context.
	c.client, ctx = flags.NewClientFlag(ctx)
	c.Command.Register(ctx, f)
}

func (c *command) Run(_ context.Context, f *flag.FlagSet) error {
	if c.isKeeper {
		c.client.Session.Reauth = true
	} else if sharesSession() {
		defer useSharedSession(c.client)()
	}
	client, err := c.client.Client()
	if err != nil {
		return err
	}
	collector := client.ServiceContent.PropertyCollector
	client.RoundTripper = &calls{RoundTripper: client.RoundTripper, end: c.end, collector: collector}
	client.Client.Client.Transport = &uploads{RoundTripper: client.Client.Client.Transport, end: c.end}
	// Not the ended context: with it govmomi's progress may wait forever for its last report.
	return c.Command.Run(context.Background(), f)
}

// Logout is called by govc at the end of every command.
func (c *command) Logout(ctx context.Context) error {
	return c.client.Logout(ctx)
}

func (c *command) WriteError(err error) bool {
	inner, ok := c.Command.(interface{ WriteError(error) bool })
	return ok && inner.WriteError(err)
}

func (c *command) Usage() string {
	if inner, ok := c.Command.(interface{ Usage() string }); ok {
		return inner.Usage()
	}
	return ""
}

func (c *command) Description() string {
	if inner, ok := c.Command.(interface{ Description() string }); ok {
		return inner.Description()
	}
	return ""
}

// uploads stops an upload with the command.
type uploads struct {
	http.RoundTripper
	end *ending
}

func (u *uploads) RoundTrip(request *http.Request) (*http.Response, error) {
	if strings.HasPrefix(request.URL.Path, "/nfc/") {
		ctx, cancel := context.WithCancel(request.Context())
		context.AfterFunc(u.end.context, cancel)
		request = request.WithContext(ctx)
	}
	return u.RoundTripper.RoundTrip(request)
}

// calls stops every SOAP call with the command, except those that release a lease or session.
type calls struct {
	soap.RoundTripper
	end       *ending
	collector types.ManagedObjectReference
}

func (c *calls) RoundTrip(ctx context.Context, request, response soap.HasFault) error {
	detached := context.WithoutCancel(ctx)
	switch body := request.(type) {
	case *methods.ImportVAppBody:
		// The lease must be known, or it cannot be aborted.
		c.end.leases.Add(1)
		err := c.RoundTripper.RoundTrip(detached, request, response)
		if err != nil {
			c.end.leases.Add(-1)
		}
		return err
	case *methods.HttpNfcLeaseCompleteBody:
		defer c.end.leases.Add(-1)
		entity := c.entityOf(detached, body.Req.This)
		err := c.RoundTripper.RoundTrip(detached, request, response)
		if err != nil {
			// The host refuses this when the lease is complete and only its reply was lost.
			c.abort(detached, body.Req.This)
		} else if entity != nil {
			// Names are not unique, so the caller of the import needs the id of its VM.
			fmt.Printf("\nImported %s\n", entity)
		}
		return err
	case *methods.HttpNfcLeaseAbortBody:
		defer c.end.leases.Add(-1)
		return c.twice(detached, request, response)
	case *methods.HttpNfcLeaseProgressBody:
		ctx, done := c.end.until(ctx)
		defer done()
		err := c.RoundTripper.RoundTrip(ctx, request, response)
		if err == nil || fault.Is(err, &types.ManagedObjectNotFound{}) || fault.Is(err, &types.InvalidState{}) {
			return err
		}
		// govc stops renewing the lease after one failure; the next renewal comes two seconds later.
		return nil
	case *methods.LogoutBody:
		ctx, done := context.WithTimeout(detached, logoutLimit)
		defer done()
		return c.twice(ctx, request, response)
	}
	ctx, done := c.end.until(ctx)
	defer done()
	return c.RoundTripper.RoundTrip(ctx, request, response)
}

func (c *calls) twice(ctx context.Context, request, response soap.HasFault) error {
	err := c.RoundTripper.RoundTrip(ctx, request, response)
	if err == nil || fault.Is(err, &types.ManagedObjectNotFound{}) {
		return err
	}
	return c.RoundTripper.RoundTrip(ctx, request, response)
}

// entityOf is the VM of an import lease, or nil if the host does not name it.
func (c *calls) entityOf(ctx context.Context, lease types.ManagedObjectReference) *types.ManagedObjectReference {
	ctx, done := c.end.until(ctx)
	defer done()
	var found mo.HttpNfcLease
	err := mo.RetrieveProperties(ctx, c.RoundTripper, c.collector, lease, &found)
	if err != nil || found.Info == nil {
		return nil
	}
	return &found.Info.Entity
}

func (c *calls) abort(ctx context.Context, lease types.ManagedObjectReference) {
	var response methods.HttpNfcLeaseAbortBody
	_ = c.twice(ctx, &methods.HttpNfcLeaseAbortBody{Req: &types.HttpNfcLeaseAbort{This: lease}}, &response)
}

// until is ctx, ended with the command. Some commands of govc use their own context.
func (e *ending) until(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(e.context, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}
