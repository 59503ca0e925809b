package main

import (
	"context"
	"fmt"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// machines creates the VMs that belong to somebody else.
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
	disk := devices.CreateDisk(scsi.(types.BaseVirtualController), types.ManagedObjectReference{},
		fmt.Sprintf("[%s] %s/%s.vmdk", vm.Datastore, vm.Name, vm.Name))
	disk.CapacityInKB = vm.DiskGiB << 20
	thin := true
	disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo).ThinProvisioned = &thin
	devices = append(devices, scsi, disk, nic)
	changes, err := devices.ConfigSpec(types.VirtualDeviceConfigSpecOperationAdd)
	if err != nil {
		return err
	}

	task, err := b.folders.VmFolder.CreateVM(ctx, types.VirtualMachineConfigSpec{
		Name:         vm.Name,
		Annotation:   vm.Annotation,
		NumCPUs:      vm.CPUs,
		MemoryMB:     vm.MemoryMB,
		GuestId:      string(types.VirtualMachineGuestOsIdentifierOtherGuest64),
		Files:        &types.VirtualMachineFileInfo{VmPathName: fmt.Sprintf("[%s]", vm.Datastore)},
		DeviceChange: changes,
	}, b.pool, nil)
	if err != nil {
		return err
	}
	info, err := task.WaitForResult(ctx)
	if err != nil || !vm.PoweredOn {
		return err
	}
	task, err = object.NewVirtualMachine(b.client, info.Result.(types.ManagedObjectReference)).PowerOn(ctx)
	if err != nil {
		return err
	}
	return task.Wait(ctx)
}
