package main

import (
	"fmt"
	"reflect"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// writes are the methods that a free licence or a read-only role refuses, by the type they belong to.
var writes = []struct{ method, object string }{
	{"ImportVApp", "ResourcePool"},
	{"CreateVM_Task", "Folder"},
	{"CreateFolder", "Folder"},
	{"ReconfigVM_Task", "VirtualMachine"},
	{"PowerOnVM_Task", "VirtualMachine"},
	{"PowerOffVM_Task", "VirtualMachine"},
	{"ShutdownGuest", "VirtualMachine"},
	{"Destroy_Task", "VirtualMachine"},
	{"AddPortGroup", "HostNetworkSystem"},
	{"AddVirtualSwitch", "HostNetworkSystem"},
	{"MakeDirectory", "FileManager"},
	{"CreateVirtualDisk_Task", "VirtualDiskManager"},
}

func rule(method, object string, fault types.BaseMethodFault, message string) *simulator.FaultInjectionRule {
	return &simulator.FaultInjectionRule{
		MethodName: method, ObjectType: object, ObjectName: "*", Probability: 1, Enabled: true,
		FaultType: simulator.FaultTypeCustom, Fault: fault, Message: message,
	}
}

func addFaults(service *simulator.Service, c config) error {
	for _, f := range c.Faults {
		fault, err := faultByName(f.Fault)
		if err != nil {
			return err
		}
		r := rule(f.Method, f.Type, fault, f.Message)
		if f.Object != "" {
			r.ObjectName = f.Object
		}
		r.Delay, r.MaxCount, r.SkipCount = f.DelayMS, f.Count, f.Skip
		service.AddFaultRule(r)
	}
	if c.License == "free" {
		for _, w := range writes {
			service.AddFaultRule(rule(w.method, w.object, new(types.RestrictedVersion),
				"Current license or ESXi version prohibits execution of the requested operation."))
		}
	}
	if c.Permission == "read-only" {
		for _, w := range writes {
			service.AddFaultRule(rule(w.method, w.object, &types.NoPermission{PrivilegeId: "VirtualMachine.Inventory.Create"},
				"Permission to perform this operation was denied."))
		}
	}
	if by := c.Host.ManagedBy; by != "" && c.Kind == "esx" {
		fault := &types.HostAccessRestrictedToManagementServer{ManagementServer: by}
		message := fmt.Sprintf("Access to resource settings on the host is restricted to the server '%s' that is managing it.", by)
		service.AddFaultRule(rule("ImportVApp", "ResourcePool", fault, message))
		service.AddFaultRule(rule("CreateVM_Task", "Folder", fault, message))
	}
	return nil
}

func faultByName(name string) (types.BaseMethodFault, error) {
	kind, found := types.TypeFunc()(name)
	if !found {
		return nil, fmt.Errorf("there is no fault %q", name)
	}
	fault, ok := reflect.New(kind).Interface().(types.BaseMethodFault)
	if !ok {
		return nil, fmt.Errorf("%q is no fault", name)
	}
	return fault, nil
}
