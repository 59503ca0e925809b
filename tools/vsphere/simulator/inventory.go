package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// builder fills an empty simulator through its own API, like an administrator; values that the API cannot set (the size of
// a host) are written into the simulator's objects.
type builder struct {
	config  config
	model   *simulator.Model
	client  *vim25.Client
	finder  *find.Finder
	folders *object.DatacenterFolders
	hosts   []*object.HostSystem
	pool    *object.ResourcePool
	// folder of the real disk that holds the datastores' empty files
	storage string
	leases  *leases

	identities sync.Mutex
	ids        map[types.ManagedObjectReference]string
}

func build(ctx context.Context, model *simulator.Model, c config, storage string) (*builder, error) {
	client, err := vim25.NewClient(ctx, model.Service)
	if err != nil {
		return nil, err
	}
	b := &builder{config: c, model: model, client: client, finder: find.NewFinder(client, false), storage: storage}
	steps := []func(context.Context) error{b.compute, b.sizeHosts, b.networks, b.datastores, b.licenses, b.machines, b.restore, b.maintenance}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	b.leases = addLeases(model, time.Duration(c.LeaseSeconds)*time.Second, b.realPath)
	b.handleCalls()
	return b, nil
}

func (b *builder) compute(ctx context.Context) error {
	if b.config.Kind == "esx" {
		dc, err := b.finder.DefaultDatacenter(ctx)
		if err != nil {
			return err
		}
		return b.useDatacenter(ctx, dc)
	}

	dc, err := object.NewRootFolder(b.client).CreateDatacenter(ctx, b.config.Datacenter)
	if err != nil {
		return err
	}
	folders, err := dc.Folders(ctx)
	if err != nil {
		return err
	}
	on := true
	cluster, err := folders.HostFolder.CreateCluster(ctx, b.config.Cluster, types.ClusterConfigSpecEx{
		DrsConfig: &types.ClusterDrsConfigInfo{Enabled: &on},
	})
	if err != nil {
		return err
	}
	for i := range b.config.Host.Count {
		task, err := cluster.AddHost(ctx, types.HostConnectSpec{HostName: fmt.Sprintf("esxi-%02d.edge.example", i+1)}, true, nil, nil)
		if err != nil {
			return err
		}
		if err := task.Wait(ctx); err != nil {
			return err
		}
	}
	return b.useDatacenter(ctx, dc)
}

func (b *builder) useDatacenter(ctx context.Context, dc *object.Datacenter) (err error) {
	b.finder.SetDatacenter(dc)
	if b.folders, err = dc.Folders(ctx); err != nil {
		return err
	}
	if b.hosts, err = b.finder.HostSystemList(ctx, "*/*"); err != nil {
		return err
	}
	b.pool, err = b.finder.DefaultResourcePool(ctx)
	return err
}

func (b *builder) sizeHosts(context.Context) error {
	c := b.config
	about := b.model.Service.Context.Map.Get(vim25.ServiceInstance).(*simulator.ServiceInstance).Content.About
	for _, ref := range b.hosts {
		host := b.model.Map().Get(ref.Reference()).(*simulator.HostSystem)
		hardware, info := *host.Summary.Hardware, *host.Hardware
		hardware.NumCpuPkgs, hardware.NumCpuCores, hardware.NumCpuThreads = 2, c.Host.Cores, 2*c.Host.Cores
		hardware.CpuMhz, hardware.MemorySize = c.Host.MHz, c.Host.MemoryBytes
		info.MemorySize = c.Host.MemoryBytes
		info.CpuInfo.NumCpuPackages, info.CpuInfo.NumCpuCores, info.CpuInfo.NumCpuThreads = 2, c.Host.Cores, 2*c.Host.Cores
		info.CpuInfo.Hz = int64(c.Host.MHz) * 1e6
		host.Summary.Hardware, host.Hardware = &hardware, &info

		product := about
		product.Name, product.ApiType, product.ProductLineId = "VMware ESXi", "HostAgent", "embeddedEsx"
		product.FullName = fmt.Sprintf("VMware ESXi %s build-%s", product.Version, product.Build)
		host.Summary.Config.Product, host.Config.Product = &product, product

		host.Summary.QuickStats.OverallCpuUsage = c.Host.UsedMHz
		host.Summary.QuickStats.OverallMemoryUsage = int32(c.Host.UsedMemoryBytes >> 20)
		host.Summary.ManagementServerIp = c.Host.ManagedBy
		host.Runtime.ConnectionState = types.HostSystemConnectionStateConnected
	}

	number := int32(len(b.hosts))
	for _, entity := range b.model.Map().All("ComputeResource") {
		resizeSummary(&entity.(*mo.ComputeResource).Summary, c.Host, number)
	}
	for _, entity := range b.model.Map().All("ClusterComputeResource") {
		resizeSummary(&entity.(*simulator.ClusterComputeResource).Summary, c.Host, number)
	}
	return nil
}

// maintenance is set last: such a host powers on no VM.
func (b *builder) maintenance(context.Context) error {
	for _, ref := range b.hosts {
		b.model.Map().Get(ref.Reference()).(*simulator.HostSystem).Runtime.InMaintenanceMode = b.config.Host.Maintenance
	}
	return nil
}

func resizeSummary(summary *types.BaseComputeResourceSummary, host hostConfig, number int32) {
	s := (*summary).GetComputeResourceSummary()
	s.NumCpuCores, s.NumCpuThreads = host.Cores*int16(number), 2*host.Cores*int16(number)
	s.TotalCpu = host.MHz * int32(host.Cores) * number
	s.TotalMemory = host.MemoryBytes * int64(number)
	s.EffectiveCpu, s.EffectiveMemory = s.TotalCpu-host.UsedMHz*number, (host.MemoryBytes-host.UsedMemoryBytes)*int64(number)>>20
}

func (b *builder) networks(ctx context.Context) error {
	if len(b.config.PortGroups) == 0 {
		return nil
	}
	if b.config.Kind == "esx" {
		return b.standardPortGroups(ctx)
	}
	return b.distributedPortGroups(ctx)
}

func (b *builder) standardPortGroups(ctx context.Context) error {
	system, err := b.hosts[0].ConfigManager().NetworkSystem(ctx)
	if err != nil {
		return err
	}
	for _, group := range b.config.PortGroups {
		err := system.AddPortGroup(ctx, types.HostPortGroupSpec{
			Name: group.Name, VlanId: group.VLAN, VswitchName: "vSwitch0", Policy: types.HostNetworkPolicy{},
		})
		if err != nil {
			return fmt.Errorf("port group %q: %w", group.Name, err)
		}
	}
	// The simulator adds the port group to its network system only; a real host also shows it in its configuration,
	// and lists the network as its own.
	host := b.model.Map().Get(b.hosts[0].Reference()).(*simulator.HostSystem)
	host.Config.Network.Portgroup = b.model.Map().Get(system.Reference()).(*simulator.HostNetworkSystem).NetworkInfo.Portgroup
	dc := b.model.Map().Any("Datacenter").(*simulator.Datacenter)
	host.Network = dc.Network
	for _, entity := range b.model.Map().All("ComputeResource") {
		entity.(*mo.ComputeResource).Network = dc.Network
	}
	return nil
}

func (b *builder) distributedPortGroups(ctx context.Context) error {
	spec := types.DVSCreateSpec{ConfigSpec: &types.VMwareDVSConfigSpec{}}
	spec.ConfigSpec.GetDVSConfigSpec().Name = b.config.Cluster + "-DVS"
	task, err := b.folders.NetworkFolder.CreateDVS(ctx, spec)
	if err != nil {
		return err
	}
	info, err := task.WaitForResult(ctx)
	if err != nil {
		return err
	}
	dvs := object.NewDistributedVirtualSwitch(b.client, info.Result.(types.ManagedObjectReference))
	for _, host := range b.hosts {
		task, err := dvs.Reconfigure(ctx, &types.DVSConfigSpec{Host: []types.DistributedVirtualSwitchHostMemberConfigSpec{{
			Operation: string(types.ConfigSpecOperationAdd), Host: host.Reference(),
		}}})
		if err != nil {
			return err
		}
		if err := task.Wait(ctx); err != nil {
			return err
		}
	}
	for _, group := range b.config.PortGroups {
		task, err := dvs.AddPortgroup(ctx, []types.DVPortgroupConfigSpec{{
			Name: group.Name, NumPorts: 128,
			Type: string(types.DistributedVirtualPortgroupPortgroupTypeEarlyBinding),
			DefaultPortConfig: &types.VMwareDVSPortSetting{
				Vlan: &types.VmwareDistributedVirtualSwitchVlanIdSpec{VlanId: group.VLAN},
			},
		}})
		if err != nil {
			return err
		}
		if err := task.Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) datastoreFolder(index int) string {
	return filepath.Join(b.storage, fmt.Sprintf("datastore-%d", index+1))
}

func (b *builder) datastores(ctx context.Context) error {
	for i, datastore := range b.config.Datastores {
		dir := b.datastoreFolder(i)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		for _, host := range b.hosts {
			system, err := host.ConfigManager().DatastoreSystem(ctx)
			if err != nil {
				return err
			}
			if _, err := system.CreateLocalDatastore(ctx, datastore.Name, dir); err != nil {
				return fmt.Errorf("datastore %q: %w", datastore.Name, err)
			}
		}
	}
	for _, entity := range b.model.Map().All("Datastore") {
		ds := entity.(*simulator.Datastore)
		for _, wanted := range b.config.Datastores {
			if wanted.Name != ds.Name {
				continue
			}
			free := wanted.FreeBytes
			if free == 0 {
				free = wanted.CapacityBytes
			}
			ds.Summary.Type, ds.Summary.Accessible = "VMFS", !wanted.Inaccessible
			ds.Summary.Capacity, ds.Summary.FreeSpace = wanted.CapacityBytes, free
			info := ds.Info.GetDatastoreInfo()
			info.FreeSpace, info.MaxFileSize = free, 62*tib
		}
	}
	addRealism(b.model, b.config.Kind == "esx")
	return nil
}

func (b *builder) licenses(context.Context) error {
	manager := b.model.Map().Get(*b.model.ServiceContent.LicenseManager).(*simulator.LicenseManager)
	feature := func(key, name string) types.KeyAnyValue {
		return types.KeyAnyValue{Key: "feature", Value: types.KeyValue{Key: key, Value: name}}
	}
	switch b.config.License {
	case "full":
		manager.Licenses = []types.LicenseManagerLicenseInfo{{
			LicenseKey: "00000-00000-00000-00000-00001", EditionKey: "esx.enterprisePlus.cpuPackageCoreLimited",
			Name:       "VMware vSphere 8 Enterprise Plus",
			Properties: []types.KeyAnyValue{feature("vimapi", "vSphere API"), feature("vsmp", "Unlimited virtual SMP")},
		}}
	case "free":
		manager.Licenses = []types.LicenseManagerLicenseInfo{{
			LicenseKey: "00000-00000-00000-00000-00002", EditionKey: "esxBasic.cpuPackage",
			Name:       "VMware vSphere 8 Hypervisor",
			Properties: []types.KeyAnyValue{feature("vsmp:8", "Up to 8-way virtual SMP")},
		}}
	}
	return nil
}

// sizesKept answers RefreshDatastore, with which the simulator would set every datastore to 1 TB.
type sizesKept struct{ mo.Datastore }

func (*sizesKept) RefreshDatastore(*types.RefreshDatastore) soap.HasFault {
	return &methods.RefreshDatastoreBody{Res: new(types.RefreshDatastoreResponse)}
}

func (b *builder) handleCalls() {
	b.model.Map().Handler = func(ctx *simulator.Context, method *simulator.Method) (mo.Reference, types.BaseMethodFault) {
		if call, ok := method.Body.(*types.ImportVApp); ok && ctx.Session != nil {
			b.leases.importing(ctx.Session.Key, call)
		}
		if fault := b.leases.refuse(method); fault != nil {
			return nil, fault
		}
		if method.Name != "RefreshDatastore" {
			return nil, nil
		}
		kept := new(sizesKept)
		kept.Self = method.This
		return kept, nil
	}
}

// realPath is where "[datastore] folder" lies on the real disk; empty for the top of a datastore or an unknown one.
func (b *builder) realPath(datastorePath string) string {
	name, folder, _ := strings.Cut(strings.TrimPrefix(datastorePath, "["), "]")
	folder = strings.TrimSpace(folder)
	if folder == "" || folder == "." {
		return ""
	}
	for i, datastore := range b.config.Datastores {
		if datastore.Name == name {
			return filepath.Join(b.datastoreFolder(i), filepath.FromSlash(folder))
		}
	}
	return ""
}
