package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/vmware/govmomi/cli"
	"github.com/vmware/govmomi/cli/flags"
	"github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
)

// keepAliveInterval is well below the 30 minutes after which vSphere ends an idle session.
const keepAliveInterval = 5 * time.Minute

// usersLimit is how long the end of a shared session waits for the commands that still use it: they abort their leases.
const usersLimit = leaseLimit - logoutLimit

// errNoSession is the error of a command that must use the shared session, but finds none.
var errNoSession = errors.New("the shared session has ended")

// sharesSession is true if commands use the session of session.keep and never log in themselves.
func sharesSession() bool { return os.Getenv("GOVC_SHARED_SESSION") == "1" }

func usersFolder() string { return filepath.Join(os.Getenv("GOVMOMI_HOME"), "users") }

// useSharedSession registers this process as a user of the session until the returned function is called.
func useSharedSession(client *flags.ClientFlag) func() {
	client.Session.LoginSOAP = func(context.Context, *vim25.Client) error { return errNoSession }
	path := filepath.Join(usersFolder(), strconv.Itoa(os.Getpid()))
	if os.MkdirAll(usersFolder(), 0o700) != nil || os.WriteFile(path, nil, 0o600) != nil {
		return func() {}
	}
	return func() { _ = os.Remove(path) }
}

// awaitUsers waits until no living process uses the session, at most for usersLimit.
func awaitUsers() {
	for deadline := time.Now().Add(usersLimit); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		users, err := os.ReadDir(usersFolder())
		living := 0
		for _, user := range users {
			if pid, err := strconv.Atoi(user.Name()); err == nil && isLiving(pid) {
				living++
			}
		}
		if err != nil || living == 0 {
			return
		}
	}
}

// keep logs in, keeps the session in $GOVMOMI_HOME for other commands, and logs out when it is asked to stop or its parent
// has ended. So one session serves many commands and is always closed.
type keep struct {
	*flags.ClientFlag
}

func init() {
	cli.Register("session.keep", &keep{})
}

func (cmd *keep) Register(ctx context.Context, f *flag.FlagSet) {
	cmd.ClientFlag, ctx = flags.NewClientFlag(ctx)
	cmd.ClientFlag.Register(ctx, f)
}

func (cmd *keep) Process(ctx context.Context) error {
	return cmd.ClientFlag.Process(ctx)
}

func (cmd *keep) Description() string {
	return "Log in, keep the session for other commands, and log out when standard input ends."
}

func (cmd *keep) Run(ctx context.Context, _ *flag.FlagSet) error {
	client, err := cmd.Client()
	if err != nil {
		return err
	}
	// The limit equals that of a command with a lease, since it waits for such commands.
	theEnd.leases.Add(1)
	defer func() {
		awaitUsers()
		_ = session.NewManager(client).Logout(ctx)
		_ = os.RemoveAll(filepath.Join(os.Getenv("GOVMOMI_HOME"), "sessions"))
	}()
	fmt.Println("ready")
	ticker := time.NewTicker(keepAliveInterval)
	defer ticker.Stop()
	for {
		select {
		case <-theEnd.context.Done():
			return nil
		case <-ticker.C:
			if _, err := methods.GetCurrentTime(ctx, client); err != nil && theEnd.context.Err() == nil {
				return err
			}
		}
	}
}
