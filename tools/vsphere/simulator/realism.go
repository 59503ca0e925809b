package main

import (
	"crypto/sha256"
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// realism corrects the simulator where real vSphere differs in a way that a client could notice: the order of devices, of
// which the simulator puts a changed one last, their labels, and the free space of a datastore, from which the simulator
// also takes what thin disks have not written.
type realism struct {
	types.ManagedObjectReference
	model *simulator.Model
	// lateMACs: the endpoint is a standalone host.
	lateMACs bool
	free     map[string]int64 // of an empty datastore, by name

	lock sync.Mutex
	used map[types.ManagedObjectReference]map[string]int64 // by VM and datastore
	ran  map[types.ManagedObjectReference]bool             // VMs that have been powered on
}

func addRealism(model *simulator.Model, isHost bool) {
	r := &realism{
		ManagedObjectReference: types.ManagedObjectReference{Type: "Realism", Value: "realism"},
		model:                  model,
		lateMACs:               isHost,
		free:                   make(map[string]int64),
		used:                   make(map[types.ManagedObjectReference]map[string]int64),
		ran:                    make(map[types.ManagedObjectReference]bool),
	}
	for _, entity := range model.Map().All("Datastore") {
		ds := entity.(*simulator.Datastore)
		r.free[ds.Name] = ds.Summary.FreeSpace
	}
	model.Map().AddHandler(r)
}

func (r *realism) PutObject(*simulator.Context, mo.Reference) {}

func (r *realism) RemoveObject(_ *simulator.Context, ref types.ManagedObjectReference) {
	r.account(ref, nil)
}

func (r *realism) UpdateObject(_ *simulator.Context, obj mo.Reference, _ []types.PropertyChange) {
	vm, ok := obj.(*mo.VirtualMachine)
	if !ok || vm.Config == nil {
		return
	}
	// A copy: during a reconfiguration the simulator still moves devices in its own array.
	devices := append([]types.BaseVirtualDevice(nil), vm.Config.Hardware.Device...)
	sort.SliceStable(devices, func(i, j int) bool {
		return devices[i].GetVirtualDevice().Key < devices[j].GetVirtualDevice().Key
	})
	vm.Config.Hardware.Device = devices
	label(vm.Config.Hardware.Device)
	r.assignMACs(vm)
	used := make(map[string]int64)
	for _, device := range vm.Config.Hardware.Device {
		disk, isDisk := device.(*types.VirtualDisk)
		if !isDisk {
			continue
		}
		flat, isFlat := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
		if !isFlat || (flat.ThinProvisioned != nil && *flat.ThinProvisioned) {
			continue
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(flat.FileName, "["), "]")
		used[name] += disk.CapacityInBytes
	}
	r.account(vm.Self, used)
}

func (r *realism) account(vm types.ManagedObjectReference, used map[string]int64) {
	if vm.Type != "VirtualMachine" {
		return
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	r.used[vm] = used
	sums := make(map[string]int64)
	for _, perDatastore := range r.used {
		for name, bytes := range perDatastore {
			sums[name] += bytes
		}
	}
	for _, entity := range r.model.Map().All("Datastore") {
		ds := entity.(*simulator.Datastore)
		ds.Summary.FreeSpace = r.free[ds.Name] - sums[ds.Name]
		ds.Info.GetDatastoreInfo().FreeSpace = ds.Summary.FreeSpace
	}
}

const (
	diskLabel = "Hard disk %d"
	nicLabel  = "Network adapter %d"
)

// label names disks and NICs as vSphere does; the simulator takes govc's own device names or those of the OVF.
func label(devices []types.BaseVirtualDevice) {
	taken := make(map[string]bool)
	for _, device := range devices {
		if info := device.GetVirtualDevice().DeviceInfo; info != nil {
			taken[info.GetDescription().Label] = true
		}
	}
	next := func(format string) string {
		for n := 1; ; n++ {
			if name := fmt.Sprintf(format, n); !taken[name] {
				taken[name] = true
				return name
			}
		}
	}
	for _, device := range devices {
		d := device.GetVirtualDevice()
		if d.DeviceInfo == nil {
			continue
		}
		description := d.DeviceInfo.GetDescription()
		switch device.(type) {
		case *types.VirtualDisk:
			if !labelled(description.Label, diskLabel) {
				description.Label = next(diskLabel)
			}
		case types.BaseVirtualEthernetCard:
			if !labelled(description.Label, nicLabel) {
				description.Label = next(nicLabel)
			}
		}
	}
}

func labelled(label, format string) bool {
	var n int
	_, err := fmt.Sscanf(label, format, &n)
	return err == nil
}

// assignMACs gives each NIC its type of address. A vCenter assigns the address with the creation; on a standalone host it is empty
// until the first power-on. A static address stays. Source: vSphere Networking, "MAC Address Generation on ESXi Hosts".
func (r *realism) assignMACs(vm *mo.VirtualMachine) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
		r.ran[vm.Self] = true
	}
	for _, device := range vm.Config.Hardware.Device {
		nic, isNIC := device.(types.BaseVirtualEthernetCard)
		if !isNIC {
			continue
		}
		card := nic.GetVirtualEthernetCard()
		if card.AddressType == string(types.VirtualEthernetCardMacTypeManual) {
			continue
		}
		if !r.lateMACs {
			card.AddressType = string(types.VirtualEthernetCardMacTypeAssigned)
			continue
		}
		card.AddressType = string(types.VirtualEthernetCardMacTypeGenerated)
		card.MacAddress = ""
		if r.ran[vm.Self] {
			sum := sha256.Sum256([]byte(vm.Config.Uuid))
			card.MacAddress = fmt.Sprintf("00:0c:29:%02x:%02x:%02x", sum[0], sum[1], sum[2]+byte(card.Key))
		}
	}
}
