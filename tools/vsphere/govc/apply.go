package main

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"sort"
	"strings"

	"github.com/vmware/govmomi/cli"
	"github.com/vmware/govmomi/cli/flags"
	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// applySpec is the wanted state of a VM for vm.apply. Equal values are not changed.
type applySpec struct {
	VM          types.ManagedObjectReference `json:"vm"`
	CPUs        int32                        `json:"cpus"`
	MemoryMB    int64                        `json:"memoryMb"`
	ExtraConfig map[string]string            `json:"extraConfig"`
	Grow        []growDisk                   `json:"grow"`
	Create      []createDisk                 `json:"create"`
	NICs        []connectNIC                 `json:"nics"`
	NICNames    *nicNames                    `json:"nicNames"`
	PowerOn     bool                         `json:"powerOn"`
	// Paths are read back at the end.
	Paths []string `json:"paths"`
}

// growDisk names a disk by its index among the disks, ordered by controller and unit.
type growDisk struct {
	Index int   `json:"index"`
	Bytes int64 `json:"bytes"`
}

type createDisk struct {
	Datastore     types.ManagedObjectReference `json:"datastore"`
	DatastoreName string                       `json:"datastoreName"`
	// Folder and Name are below the datastore; the name has no extension.
	Folder string `json:"folder"`
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	// Namespace: the datastore has no plain folders at its top.
	Namespace bool `json:"namespace"`
}

// connectNIC names a NIC by its index among the NICs, ordered by slot.
type connectNIC struct {
	Index       int                          `json:"index"`
	Network     types.ManagedObjectReference `json:"network"`
	NetworkName string                       `json:"networkName"`
}

// problem is the reason why the VM was not changed: its state differs from the caller's expectation.
type problem struct {
	Problem string `json:"problem"`
	Index   int    `json:"index"`
	Bytes   int64  `json:"bytes,omitempty"`
}

type apply struct {
	*flags.ClientFlag
	*flags.DatacenterFlag
	*flags.OutputFlag

	file string
}

func init() {
	cli.Register("vm.apply", &apply{})
}

func (cmd *apply) Register(ctx context.Context, f *flag.FlagSet) {
	cmd.ClientFlag, ctx = flags.NewClientFlag(ctx)
	cmd.ClientFlag.Register(ctx, f)
	cmd.DatacenterFlag, ctx = flags.NewDatacenterFlag(ctx)
	cmd.DatacenterFlag.Register(ctx, f)
	cmd.OutputFlag, ctx = flags.NewOutputFlag(ctx)
	cmd.OutputFlag.Register(ctx, f)
	f.StringVar(&cmd.file, "file", "", "File with the JSON of the changes")
}

func (cmd *apply) Process(ctx context.Context) error {
	if err := cmd.ClientFlag.Process(ctx); err != nil {
		return err
	}
	if err := cmd.DatacenterFlag.Process(ctx); err != nil {
		return err
	}
	return cmd.OutputFlag.Process(ctx)
}

func (cmd *apply) Description() string {
	return "Make several changes of a VM by one reconfiguration, power it on, and read it back."
}

func (cmd *apply) Run(ctx context.Context, _ *flag.FlagSet) error {
	var spec applySpec
	if err := readJSON(cmd.file, &spec); err != nil {
		return err
	}
	client, err := cmd.ClientFlag.Client()
	if err != nil {
		return err
	}
	lines := json.NewEncoder(os.Stdout)
	var vm mo.VirtualMachine
	paths := []string{"config", "runtime.powerState"}
	if err := property.DefaultCollector(client).RetrieveOne(ctx, spec.VM, paths, &vm); err != nil {
		return err
	}
	config, wrong, err := cmd.configSpec(ctx, client, &spec, &vm)
	if err != nil {
		return err
	}
	if wrong != nil {
		return lines.Encode(wrong)
	}
	machine := object.NewVirtualMachine(client, spec.VM)
	if config != nil {
		task, err := machine.Reconfigure(ctx, *config)
		if err != nil {
			return err
		}
		if err := task.Wait(ctx); err != nil {
			return err
		}
	}
	if spec.PowerOn && vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		task, err := machine.PowerOn(ctx)
		if err != nil {
			return err
		}
		if err := task.Wait(ctx); err != nil {
			return err
		}
	}
	return collectObject(ctx, client, objectSpec{spec.VM, spec.Paths}, lines)
}

// configSpec contains the differences, or is nil without any. It makes the folders of new disks.
func (cmd *apply) configSpec(
	ctx context.Context, client *vim25.Client, spec *applySpec, vm *mo.VirtualMachine,
) (*types.VirtualMachineConfigSpec, *problem, error) {
	var config types.VirtualMachineConfigSpec
	changed := false
	if vm.Config == nil {
		return nil, &problem{Problem: "no-config"}, nil
	}
	if spec.CPUs != 0 && vm.Config.Hardware.NumCPU != spec.CPUs {
		config.NumCPUs, changed = spec.CPUs, true
	}
	if spec.MemoryMB != 0 && int64(vm.Config.Hardware.MemoryMB) != spec.MemoryMB {
		config.MemoryMB, changed = spec.MemoryMB, true
	}
	has := object.OptionValueList(vm.Config.ExtraConfig).StringMap()
	for key, value := range spec.ExtraConfig {
		if known, ok := has[key]; known != value || !ok && value != "" {
			config.ExtraConfig = append(config.ExtraConfig, &types.OptionValue{Key: key, Value: value})
			changed = true
		}
	}
	devices := object.VirtualDeviceList(vm.Config.Hardware.Device)
	edits, wrong := growDisks(spec.Grow, devices)
	if wrong != nil {
		return nil, wrong, nil
	}
	nics, wrong, err := connectNICs(ctx, client, spec.NICs, devices)
	if err != nil || wrong != nil {
		return nil, wrong, err
	}
	if spec.NICNames != nil {
		value, more, wrong := spec.NICNames.of(vm, nics)
		if wrong != nil {
			return nil, wrong, nil
		}
		nics = more
		if has[spec.NICNames.Key] != value {
			config.ExtraConfig = append(config.ExtraConfig, &types.OptionValue{Key: spec.NICNames.Key, Value: value})
			changed = true
		}
	}
	disks, err := cmd.createDisks(ctx, client, spec.Create, devices, vm.Config.Files.VmPathName)
	if err != nil {
		return nil, nil, err
	}
	config.DeviceChange = append(append(edits, nics...), disks...)
	if !changed && len(config.DeviceChange) == 0 {
		return nil, nil, nil
	}
	return &config, nil, nil
}

func edit(device types.BaseVirtualDevice) types.BaseVirtualDeviceConfigSpec {
	return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationEdit, Device: device}
}

func bytesOf(disk *types.VirtualDisk) int64 {
	if disk.CapacityInBytes > 0 {
		return disk.CapacityInBytes
	}
	return disk.CapacityInKB * 1024
}

func growDisks(
	wanted []growDisk, devices object.VirtualDeviceList,
) ([]types.BaseVirtualDeviceConfigSpec, *problem) {
	disks := devices.SelectByType((*types.VirtualDisk)(nil))
	sort.SliceStable(disks, func(i, j int) bool {
		a, b := disks[i].GetVirtualDevice(), disks[j].GetVirtualDevice()
		if a.ControllerKey != b.ControllerKey {
			return a.ControllerKey < b.ControllerKey
		}
		return unit(a) < unit(b)
	})
	var edits []types.BaseVirtualDeviceConfigSpec
	for _, one := range wanted {
		if one.Index >= len(disks) {
			return nil, &problem{Problem: "no-such-disk", Index: one.Index}
		}
		disk := disks[one.Index].(*types.VirtualDisk)
		if has := bytesOf(disk); has > one.Bytes {
			return nil, &problem{Problem: "disk-too-large", Index: one.Index, Bytes: has}
		} else if has == one.Bytes {
			continue
		}
		disk.CapacityInKB, disk.CapacityInBytes = one.Bytes/1024, one.Bytes
		edits = append(edits, edit(disk))
	}
	return edits, nil
}

func unit(device *types.VirtualDevice) int32 {
	if device.UnitNumber == nil {
		return 0
	}
	return *device.UnitNumber
}

func connectNICs(
	ctx context.Context, client *vim25.Client, wanted []connectNIC, devices object.VirtualDeviceList,
) ([]types.BaseVirtualDeviceConfigSpec, *problem, error) {
	nics := nicsOf(devices)
	var edits []types.BaseVirtualDeviceConfigSpec
	for _, one := range wanted {
		if one.Index >= len(nics) {
			return nil, &problem{Problem: "no-such-nic", Index: one.Index}, nil
		}
		nic := nics[one.Index].GetVirtualDevice()
		if isOn(nic, one.Network) {
			continue
		}
		backing, err := backingOf(ctx, client, one)
		if err != nil {
			return nil, nil, err
		}
		nic.Backing = backing
		edits = append(edits, edit(nics[one.Index]))
	}
	return edits, nil, nil
}

func isOn(nic *types.VirtualDevice, network types.ManagedObjectReference) bool {
	switch backing := nic.Backing.(type) {
	case *types.VirtualEthernetCardNetworkBackingInfo:
		return backing.Network != nil && *backing.Network == network
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		return backing.Port.PortgroupKey == network.Value
	}
	return false
}

func backingOf(
	ctx context.Context, client *vim25.Client, wanted connectNIC,
) (types.BaseVirtualDeviceBackingInfo, error) {
	switch wanted.Network.Type {
	case "DistributedVirtualPortgroup":
		return object.NewDistributedVirtualPortgroup(client, wanted.Network).EthernetCardBackingInfo(ctx)
	case "OpaqueNetwork":
		return object.NewOpaqueNetwork(client, wanted.Network).EthernetCardBackingInfo(ctx)
	}
	backing := &types.VirtualEthernetCardNetworkBackingInfo{Network: &wanted.Network}
	backing.DeviceName = wanted.NetworkName
	return backing, nil
}

func (cmd *apply) createDisks(
	ctx context.Context, client *vim25.Client, wanted []createDisk, devices object.VirtualDeviceList, home string,
) ([]types.BaseVirtualDeviceConfigSpec, error) {
	var specs []types.BaseVirtualDeviceConfigSpec
	made := map[string]bool{}
	for _, one := range wanted {
		folder := "[" + one.DatastoreName + "] " + one.Folder
		path := folder + "/" + one.Name + ".vmdk"
		controller, err := devices.FindDiskController("")
		if err != nil {
			return nil, err
		}
		disk := devices.CreateDisk(controller, one.Datastore, path)
		if len(devices.SelectByBackingInfo(disk.Backing)) > 0 {
			continue
		}
		// A VM has its own folder on its own datastore only.
		if !made[folder] && !strings.HasPrefix(home, folder+"/") {
			if err := cmd.makeFolder(ctx, client, one, folder); err != nil {
				return nil, err
			}
			made[folder] = true
		}
		disk.CapacityInKB, disk.CapacityInBytes = one.Bytes/1024, one.Bytes
		// So that the next disk gets another unit.
		devices = append(devices, disk)
		specs = append(specs, &types.VirtualDeviceConfigSpec{
			Operation:     types.VirtualDeviceConfigSpecOperationAdd,
			FileOperation: types.VirtualDeviceConfigSpecFileOperationCreate,
			Device:        disk,
		})
	}
	return specs, nil
}

func (cmd *apply) makeFolder(ctx context.Context, client *vim25.Client, one createDisk, folder string) error {
	var err error
	if one.Namespace {
		store := object.NewDatastore(client, one.Datastore)
		_, err = object.NewDatastoreNamespaceManager(client).CreateDirectory(ctx, store, one.Folder, "")
	} else {
		datacenter, found := cmd.Datacenter()
		if found != nil {
			return found
		}
		err = object.NewFileManager(client).MakeDirectory(ctx, folder, datacenter, true)
	}
	if fault.Is(err, &types.FileAlreadyExists{}) {
		return nil
	}
	return err
}
