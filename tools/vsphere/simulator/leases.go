package main

import (
	"os"
	"path"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// leases makes the simulator's import leases behave like those of a real host: while a lease is open its VM is busy; a
// lease that is not renewed times out; when it is aborted or times out the objects of the import are removed.
// Source: vSphere Web Services API, HttpNfcLease.
type leases struct {
	types.ManagedObjectReference
	model   *simulator.Model
	timeout time.Duration

	// path of a file or folder of a datastore on the real disk
	path func(datastorePath string) string

	lock sync.Mutex
	all  map[types.ManagedObjectReference]*lease
	// files are the files of the VM that a session is importing; the simulator writes their path into them.
	files map[string]*types.VirtualMachineFileInfo
}

type lease struct {
	vm     types.ManagedObjectReference
	open   bool
	failed bool
	// aborted before it was ready
	aborted bool
	expiry  *time.Timer
	files   *types.VirtualMachineFileInfo
}

func addLeases(model *simulator.Model, timeout time.Duration, path func(string) string) *leases {
	l := &leases{
		ManagedObjectReference: types.ManagedObjectReference{Type: "Leases", Value: "leases"},
		model:                  model,
		timeout:                timeout,
		path:                   path,
		all:                    make(map[types.ManagedObjectReference]*lease),
		files:                  make(map[string]*types.VirtualMachineFileInfo),
	}
	model.Map().AddHandler(l)
	return l
}

func (l *leases) PutObject(*simulator.Context, mo.Reference) {}

func (l *leases) RemoveObject(*simulator.Context, types.ManagedObjectReference) {}

// UpdateObject sees a lease become ready or fail.
func (l *leases) UpdateObject(_ *simulator.Context, obj mo.Reference, _ []types.PropertyChange) {
	made, ok := obj.(*mo.HttpNfcLease)
	if !ok {
		return
	}
	l.lock.Lock()
	defer l.lock.Unlock()
	one, ref := l.get(made.Self), made.Self
	switch {
	case made.State == types.HttpNfcLeaseStateError:
		one.failed = true
		l.tidy(one)
	case made.State == types.HttpNfcLeaseStateReady && made.Info != nil && one.expiry == nil:
		made.Info.LeaseTimeout = int32(l.timeout / time.Second)
		one.vm, one.open = made.Info.Entity, true
		if one.aborted {
			go l.end(ref, true)
		}
		one.expiry = time.AfterFunc(l.timeout, func() { l.end(ref, true) })
	}
}

func (l *leases) get(ref types.ManagedObjectReference) *lease {
	if l.all[ref] == nil {
		l.all[ref] = new(lease)
	}
	return l.all[ref]
}

// importing notes the files of an import that begins.
func (l *leases) importing(session string, call *types.ImportVApp) {
	if spec, ok := call.Spec.(*types.VirtualMachineImportSpec); ok && spec.ConfigSpec.Files != nil {
		l.lock.Lock()
		defer l.lock.Unlock()
		l.files[session] = spec.ConfigSpec.Files
	}
}

// imported ties the lease of an import to its files.
func (l *leases) imported(session string, ref types.ManagedObjectReference) {
	l.lock.Lock()
	defer l.lock.Unlock()
	one := l.get(ref)
	one.files = l.files[session]
	delete(l.files, session)
	l.tidy(one)
}

// tidy removes the folder of an import that failed, which the simulator leaves. The import had its own new folder.
func (l *leases) tidy(one *lease) {
	if !one.failed || one.files == nil {
		return
	}
	folder := path.Dir(one.files.VmPathName)
	if real := l.path(folder); real != "" {
		_ = os.RemoveAll(real)
	}
}

// refuse is the fault with which a real host answers the call, or nil.
func (l *leases) refuse(method *simulator.Method) types.BaseMethodFault {
	l.lock.Lock()
	defer l.lock.Unlock()
	if method.This.Type == "HttpNfcLease" {
		if one := l.all[method.This]; one != nil && one.expiry != nil && !one.open {
			return new(types.InvalidState)
		}
		return nil
	}
	if method.This.Type != "VirtualMachine" || !changesVM[method.Name] {
		return nil
	}
	for _, one := range l.all {
		if one.open && one.vm == method.This {
			return new(types.TaskInProgress)
		}
	}
	return nil
}

var changesVM = map[string]bool{
	"CloneVM_Task": true, "CreateSnapshot_Task": true, "Destroy_Task": true, "MarkAsTemplate": true,
	"MigrateVM_Task": true, "PowerOffVM_Task": true, "PowerOnVM_Task": true, "ReconfigVM_Task": true,
	"RelocateVM_Task": true, "Rename_Task": true, "UnregisterVM": true,
}

// called follows a call on a lease that succeeded.
func (l *leases) called(name string, this types.ManagedObjectReference) {
	switch name {
	case "HttpNfcLeaseComplete":
		l.end(this, false)
	case "HttpNfcLeaseAbort":
		l.lock.Lock()
		l.get(this).aborted = true
		l.lock.Unlock()
		l.end(this, true)
	case "HttpNfcLeaseProgress":
		l.lock.Lock()
		if one := l.all[this]; one != nil && one.open {
			one.expiry.Reset(l.timeout)
		}
		l.lock.Unlock()
	}
}

// isOpen by the value of the lease's reference, which is part of the address of an upload.
func (l *leases) isOpen(value string) bool {
	l.lock.Lock()
	defer l.lock.Unlock()
	one := l.all[types.ManagedObjectReference{Type: "HttpNfcLease", Value: value}]
	return one != nil && one.open
}

func (l *leases) openCount() int {
	l.lock.Lock()
	defer l.lock.Unlock()
	count := 0
	for _, one := range l.all {
		if one.open {
			count++
		}
	}
	return count
}

func (l *leases) end(ref types.ManagedObjectReference, remove bool) {
	l.lock.Lock()
	one := l.all[ref]
	if one == nil || !one.open {
		l.lock.Unlock()
		return
	}
	one.open = false
	one.expiry.Stop()
	l.lock.Unlock()
	if remove {
		removeVM(l.model, one.vm)
	}
}

// removeVM removes a VM with its files, past the rules for faults.
func removeVM(model *simulator.Model, ref types.ManagedObjectReference) {
	vm, ok := model.Map().Get(ref).(*simulator.VirtualMachine)
	if !ok {
		return
	}
	// A context is also the owner of locks: this one is not shared.
	own := *model.Service.Context
	var started *methods.Destroy_TaskBody
	own.WithLock(vm, func() {
		vm.Runtime.PowerState = types.VirtualMachinePowerStatePoweredOff
		started, _ = vm.DestroyTask(&own, &types.Destroy_Task{This: ref}).(*methods.Destroy_TaskBody)
	})
	if started != nil && started.Res != nil {
		if task, ok := model.Map().Get(started.Res.Returnval).(*simulator.Task); ok {
			task.Wait()
		}
	}
}
