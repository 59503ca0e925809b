package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// kept is a VM as the state file has it: enough to make the same VM again, so that a demonstration goes on where it
// stopped although the simulator's inventory lives in memory.
type kept struct {
	// ID is another one for a VM that was destroyed and made again; its UUID is not.
	ID          string            `json:"id,omitempty"`
	Name        string            `json:"name"`
	Annotation  string            `json:"annotation,omitempty"`
	CPUs        int32             `json:"cpus"`
	MemoryMB    int64             `json:"memoryMb"`
	GuestID     string            `json:"guestId,omitempty"`
	Home        string            `json:"home"`
	PoweredOn   bool              `json:"poweredOn"`
	ExtraConfig map[string]string `json:"extraConfig,omitempty"`
	Disks       []keptDisk        `json:"disks"`
	Networks    []string          `json:"networks"`
	// MACs of the NICs; empty before the first power-on of a VM on a standalone host.
	MACs []string `json:"macs"`
}

type keptDisk struct {
	File string `json:"file"`
	KB   int64  `json:"kb"`
}

// snapshot is the inventory's VMs in the order of their names.
func (b *builder) snapshot() []kept {
	var vms []kept
	for _, entity := range b.model.Map().All("VirtualMachine") {
		vm := entity.(*simulator.VirtualMachine)
		b.model.Service.Context.WithLock(vm, func() {
			if vm.Config != nil {
				vms = append(vms, b.keep(vm))
			}
		})
	}
	sort.Slice(vms, func(i, j int) bool { return vms[i].Name < vms[j].Name })
	return vms
}

func (b *builder) keep(vm *simulator.VirtualMachine) kept {
	one := kept{
		ID: b.identify(vm.Self, ""), Name: vm.Name, Annotation: vm.Config.Annotation, GuestID: vm.Config.GuestId,
		CPUs: vm.Config.Hardware.NumCPU, MemoryMB: int64(vm.Config.Hardware.MemoryMB),
		Home: vm.Config.Files.VmPathName, ExtraConfig: make(map[string]string),
		PoweredOn: vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn,
	}
	for _, option := range vm.Config.ExtraConfig {
		value := option.GetOptionValue()
		if text, isText := value.Value.(string); isText {
			one.ExtraConfig[value.Key] = text
		}
	}
	for _, device := range vm.Config.Hardware.Device {
		switch d := device.(type) {
		case *types.VirtualDisk:
			if backing, ok := d.Backing.(types.BaseVirtualDeviceFileBackingInfo); ok {
				one.Disks = append(one.Disks, keptDisk{backing.GetVirtualDeviceFileBackingInfo().FileName, d.CapacityInKB})
			}
		case types.BaseVirtualEthernetCard:
			if backing, ok := d.GetVirtualEthernetCard().Backing.(*types.VirtualEthernetCardNetworkBackingInfo); ok {
				one.Networks = append(one.Networks, backing.DeviceName)
				one.MACs = append(one.MACs, d.GetVirtualEthernetCard().MacAddress)
			}
		}
	}
	return one
}

// identify gives the ID of a VM: at the first call the known one, or a new one.
func (b *builder) identify(vm types.ManagedObjectReference, known string) string {
	b.identities.Lock()
	defer b.identities.Unlock()
	if b.ids == nil {
		b.ids = make(map[types.ManagedObjectReference]string)
	}
	if b.ids[vm] == "" {
		if known == "" {
			known = rand.Text()
		}
		b.ids[vm] = known
	}
	return b.ids[vm]
}

// restore makes the VMs of the state file again. A missing file counts as empty.
func (b *builder) restore(ctx context.Context) error {
	if b.config.State == "" {
		return nil
	}
	text, err := os.ReadFile(b.config.State)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var vms []kept
	if err == nil {
		err = json.Unmarshal(text, &vms)
	}
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	for _, vm := range vms {
		if err := b.remake(ctx, vm); err != nil {
			return fmt.Errorf("state: VM %q: %w", vm.Name, err)
		}
	}
	return nil
}

func (b *builder) remake(ctx context.Context, vm kept) error {
	var devices object.VirtualDeviceList
	scsi, err := devices.CreateSCSIController("pvscsi")
	if err != nil {
		return err
	}
	devices = append(devices, scsi)
	for _, kept := range vm.Disks {
		if err := b.makeFolder(kept.File); err != nil {
			return err
		}
		disk := devices.CreateDisk(scsi.(types.BaseVirtualController), types.ManagedObjectReference{}, kept.File)
		disk.CapacityInKB = kept.KB
		thin := true
		disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo).ThinProvisioned = &thin
		devices = append(devices, disk)
	}
	for i, name := range vm.Networks {
		network, err := b.finder.Network(ctx, name)
		if err != nil {
			return err
		}
		backing, err := network.EthernetCardBackingInfo(ctx)
		if err != nil {
			return err
		}
		nic, err := devices.CreateEthernetCard("vmxnet3", backing)
		if err != nil {
			return err
		}
		// A static address, since the VM made again has another UUID.
		if i < len(vm.MACs) && vm.MACs[i] != "" {
			card := nic.(types.BaseVirtualEthernetCard).GetVirtualEthernetCard()
			card.AddressType, card.MacAddress = string(types.VirtualEthernetCardMacTypeManual), vm.MACs[i]
		}
		devices = append(devices, nic)
	}
	changes, err := devices.ConfigSpec(types.VirtualDeviceConfigSpecOperationAdd)
	if err != nil {
		return err
	}
	var options []types.BaseOptionValue
	for key, value := range vm.ExtraConfig {
		options = append(options, &types.OptionValue{Key: key, Value: value})
	}
	task, err := b.folders.VmFolder.CreateVM(ctx, types.VirtualMachineConfigSpec{
		Name: vm.Name, Annotation: vm.Annotation, NumCPUs: vm.CPUs, MemoryMB: vm.MemoryMB, GuestId: vm.GuestID,
		Files: &types.VirtualMachineFileInfo{VmPathName: vm.Home}, DeviceChange: changes, ExtraConfig: options,
	}, b.pool, nil)
	if err != nil {
		return err
	}
	info, err := task.WaitForResult(ctx)
	if err != nil {
		return err
	}
	ref := info.Result.(types.ManagedObjectReference)
	b.identify(ref, vm.ID)
	if !vm.PoweredOn {
		return nil
	}
	task, err = object.NewVirtualMachine(b.client, ref).PowerOn(ctx)
	if err != nil {
		return err
	}
	return task.Wait(ctx)
}

// makeFolder makes the folder of a disk; on the VM's own datastore the VM's creation makes it.
func (b *builder) makeFolder(file string) error {
	datastore, path, _ := strings.Cut(strings.TrimPrefix(file, "["), "] ")
	for i, one := range b.config.Datastores {
		if one.Name == datastore {
			return os.MkdirAll(filepath.Dir(filepath.Join(b.datastoreFolder(i), filepath.FromSlash(path))), 0o700)
		}
	}
	return fmt.Errorf("no datastore %q", datastore)
}

// keepState writes the state file once a second after a change, and a last time when stop is closed.
func (b *builder) keepState(stop <-chan struct{}) {
	var before []byte
	for last := false; ; {
		text, err := json.MarshalIndent(b.snapshot(), "", "  ")
		if err == nil && !bytes.Equal(text, before) && writeWhole(b.config.State, text) == nil {
			before = text
		}
		if last {
			return
		}
		select {
		case <-stop:
			last = true
		case <-time.After(time.Second):
		}
	}
}

func writeWhole(path string, text []byte) error {
	temporary := path + ".new"
	if err := os.WriteFile(temporary, text, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
