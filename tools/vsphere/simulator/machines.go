package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// machines creates the VMs of other owners.
func (b *builder) machines(ctx context.Context) error {
	wanted := b.config.VMs
	for i := range b.config.VMCount {
		wanted = append(wanted, vmConfig{Name: fmt.Sprintf("other-%04d", i+1), DiskGiB: 40, PoweredOn: i%2 == 0})
	}
	for _, vm := range wanted {
		if err := b.machine(ctx, vm); err != nil {
			return fmt.Errorf("VM %q: %w", vm.Name, err)
		}
	}
	return nil
}

func (b *builder) machine(ctx context.Context, vm vmConfig) error {
	if vm.Datastore == "" {
		vm.Datastore = b.config.Datastores[0].Name
	}
	if vm.CPUs == 0 {
		vm.CPUs = 2
	}
	if vm.MemoryMB == 0 {
		vm.MemoryMB = 4096
	}
	if vm.Network == "" {
		vm.Network = "VM Network"
	}
	if vm.DiskGiB == 0 {
		vm.DiskGiB = 20
	}

	network, err := b.finder.Network(ctx, vm.Network)
	if err != nil {
		return err
	}
	backing, err := network.EthernetCardBackingInfo(ctx)
	if err != nil {
		return err
	}
	var devices object.VirtualDeviceList
	scsi, err := devices.CreateSCSIController("pvscsi")
	if err != nil {
		return err
	}
	nic, err := devices.CreateEthernetCard("vmxnet3", backing)
	if err != nil {
		return err
	}
	// A VM name may contain characters that a file name may not; the simulator fails for such a name of a new VM.
	plain := strings.NewReplacer("/", "_", "\\", "_", "%", "_").Replace(vm.Name)
	file := fmt.Sprintf("[%s] %[2]s/%[2]s", vm.Datastore, plain)
	disk := devices.CreateDisk(scsi.(types.BaseVirtualController), types.ManagedObjectReference{}, file+".vmdk")
	disk.CapacityInKB = vm.DiskGiB << 20
	thin := true
	disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo).ThinProvisioned = &thin
	devices = append(devices, scsi, disk, nic)
	changes, err := devices.ConfigSpec(types.VirtualDeviceConfigSpecOperationAdd)
	if err != nil {
		return err
	}

	task, err := b.folders.VmFolder.CreateVM(ctx, types.VirtualMachineConfigSpec{
		Name:         plain,
		Annotation:   vm.Annotation,
		NumCPUs:      vm.CPUs,
		MemoryMB:     vm.MemoryMB,
		GuestId:      string(types.VirtualMachineGuestOsIdentifierOtherGuest64),
		Files:        &types.VirtualMachineFileInfo{VmPathName: file + ".vmx"},
		DeviceChange: changes,
	}, b.pool, nil)
	if err != nil {
		return err
	}
	info, err := task.WaitForResult(ctx)
	if err != nil {
		return err
	}
	made := object.NewVirtualMachine(b.client, info.Result.(types.ManagedObjectReference))
	if plain != vm.Name {
		// vSphere stores these characters escaped; the simulator's rename does not.
		coded := strings.NewReplacer("%", "%25", "/", "%2f", "\\", "%5c").Replace(vm.Name)
		if task, err = made.Rename(ctx, coded); err == nil {
			err = task.Wait(ctx)
		}
		if err != nil {
			return err
		}
	}
	if !vm.PoweredOn {
		return nil
	}
	if task, err = made.PowerOn(ctx); err != nil {
		return err
	}
	return task.Wait(ctx)
}
