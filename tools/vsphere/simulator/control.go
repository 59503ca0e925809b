package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// order is a line on stdin with -control; each is answered by one line on stdout.
type order struct {
	// Do is "state", "vms" (of the state only the VMs), "disturb" (with the rules, which replace all earlier rules),
	// "publish" (a guest writes a value), or "clear" (no VM, folder or session).
	Do    string      `json:"do"`
	Rules []*callRule `json:"rules"`
	// ID of a VM, and a key of guestinfo with its value.
	ID    string `json:"id"`
	Key   string `json:"key"`
	Value string `json:"value"`
}

type observation struct {
	VMs      []kept         `json:"vms"`
	Sessions int            `json:"sessions"`
	Leases   int            `json:"leases"`
	Calls    map[string]int `json:"calls"`
	// Folders of all datastores, "[datastore] folder".
	Folders []string `json:"folders"`
}

type answer struct {
	Event string       `json:"event"`
	Error string       `json:"error,omitempty"`
	State *observation `json:"state,omitempty"`
}

// obey answers orders until stdin closes.
func (b *builder) obey(from io.Reader, say func(any), t *traffic) {
	decoder := json.NewDecoder(from)
	for {
		var o order
		if err := decoder.Decode(&o); err != nil {
			return
		}
		switch o.Do {
		case "state":
			say(answer{Event: "state", State: b.observe(t)})
		case "vms":
			say(answer{Event: "vms", State: &observation{VMs: b.snapshot()}})
		case "publish":
			said := answer{Event: "publish"}
			if err := b.publish(o); err != nil {
				said.Error = err.Error()
			}
			say(said)
		case "disturb":
			say(answer{Event: "disturb", Error: checkRules(o.Rules)})
			t.disturb(o.Rules)
		case "clear":
			t.disturb(nil)
			b.clear()
			t.reset()
			say(answer{Event: "clear"})
		default:
			say(answer{Event: o.Do, Error: fmt.Sprintf("unknown order %q", o.Do)})
		}
	}
}

// publish writes a value as open-vm-tools do for a guest.
func (b *builder) publish(o order) error {
	if !strings.HasPrefix(o.Key, "guestinfo.") {
		return fmt.Errorf("a guest cannot write %q", o.Key)
	}
	for _, entity := range b.model.Map().All("VirtualMachine") {
		ref := entity.Reference()
		if b.identify(ref, "") != o.ID {
			continue
		}
		task, err := object.NewVirtualMachine(b.client, ref).Reconfigure(context.Background(), types.VirtualMachineConfigSpec{
			ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: o.Key, Value: o.Value}},
		})
		if err != nil {
			return err
		}
		return task.Wait(context.Background())
	}
	return fmt.Errorf("no VM %q", o.ID)
}

func checkRules(rules []*callRule) string {
	for _, rule := range rules {
		switch rule.Action {
		case "hold", "cut":
		case "fault":
			if _, err := faultByName(rule.Fault); err != nil {
				return err.Error()
			}
		default:
			return fmt.Sprintf("unknown action %q", rule.Action)
		}
	}
	return ""
}

func (b *builder) observe(t *traffic) *observation {
	seen := observation{VMs: b.snapshot(), Leases: t.leases.openCount(), Calls: make(map[string]int)}
	t.lock.Lock()
	seen.Sessions = len(t.sessions)
	for name, count := range t.counts {
		seen.Calls[name] = count
	}
	t.lock.Unlock()
	for i, datastore := range b.config.Datastores {
		root := b.datastoreFolder(i)
		_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() && path != root {
				name, _ := filepath.Rel(root, path)
				seen.Folders = append(seen.Folders, fmt.Sprintf("[%s] %s", datastore.Name, filepath.ToSlash(name)))
			}
			return nil
		})
	}
	sort.Strings(seen.Folders)
	return &seen
}

// clear removes every VM and every file of the datastores.
func (b *builder) clear() {
	var vms []types.ManagedObjectReference
	for _, entity := range b.model.Map().All("VirtualMachine") {
		vms = append(vms, entity.Reference())
	}
	for _, vm := range vms {
		removeVM(b.model, vm)
	}
	for i := range b.config.Datastores {
		root := b.datastoreFolder(i)
		entries, _ := os.ReadDir(root)
		for _, entry := range entries {
			_ = os.RemoveAll(filepath.Join(root, entry.Name()))
		}
	}
}
